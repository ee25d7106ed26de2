import {assign, isObject, parseForm, type Params} from './params.ts'

/** The parameters of a request body: JSON, a form, or a multipart form. Undefined for JSON that is none. */
export function parseBody(contentType: string, body: Buffer): Params | undefined {
  if (body.length === 0) return {}
  if (contentType.startsWith('application/json')) return parseJson(body.toString())
  if (contentType.startsWith('multipart/form-data')) return parseMultipart(contentType, body.toString())
  return contentType.startsWith('application/x-www-form-urlencoded') ? parseForm(body.toString()) : {}
}

function parseJson(text: string): Params | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return undefined
  }
}

/** Text fields only: no route here takes a file. */
function parseMultipart(contentType: string, body: string): Params {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1]
  const params: Params = {}
  if (boundary === undefined) return params
  for (const part of body.split(`--${boundary}`)) {
    const [head = '', ...content] = part.split('\r\n\r\n')
    const name = /name="([^"]*)"/.exec(head)?.[1]
    if (name !== undefined) assign(params, name, content.join('\r\n\r\n').replace(/\r\n$/, ''))
  }
  return params
}
