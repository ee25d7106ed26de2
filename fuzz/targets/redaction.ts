import {formsOf} from '../../src/base/secret.ts'
import {createRedactor} from '../../src/hosts/redact.ts'
import {hold, type Target} from '../target.ts'

const secret = 'glcbt-64_canary+/=secret'
const redactor = createRedactor()
redactor.add([secret])
const forms = formsOf(secret)

/** Every byte of 0xff stands for the secret in one of its forms. */
export const redaction: Target = {
  name: 'redaction',
  about: 'no form of a secret survives, wherever it stands',
  seeds: [
    'token=\xff',
    'https://user:\xff@host/path?private_token=\xff',
    '{"a":"\xff"}',
    'x-amz-signature=\xff&sig=1',
    '\xff\xff',
    'glpat-\xff',
  ].map((text) => Buffer.from(text, 'latin1')),
  words: ['\xff', 'https://', '@', '?', '=', 'sig=', 'x-amz-', 'glpat-', '"', '%', 'Bearer '],
  run(input) {
    let which = 0
    const text = input.toString('latin1').replaceAll('\xff', () => forms[which++ % forms.length] ?? '')
    const shown = redactor.redact(text)
    for (const form of forms) hold(!shown.includes(form), `${JSON.stringify(form)} is shown`)
    // What is left must not become a secret by the cuts.
    hold(redactor.redact(shown) === redactor.redact(redactor.redact(shown)), 'changes for ever')
  },
}
