import type {AnyAction} from '../../src/command/action.ts'
import {exitCodes} from '../../src/base/errors.ts'
import {spell} from '../../src/base/names.ts'
import {shownDefault} from '../../src/command/describe.ts'
import type {Fields} from '../../src/command/fields.ts'
import {sharedInputs} from '../../src/command/shared-inputs.ts'

export interface Surface {
  readonly exitCodes: Readonly<Record<string, string>>
  /** Type and default of the inputs that every command takes, by the name of the flag. */
  readonly inputs: Readonly<Record<string, string>>
  readonly commands: Readonly<
    Record<
      string,
      {readonly inputs: Readonly<Record<string, string>>; readonly outputs: Readonly<Record<string, string>>}
    >
  >
}

/** Names, types and defaults, sorted: what may not change by accident. */
export function surfaceOf(actions: readonly AnyAction[]): Surface {
  return {
    exitCodes: Object.fromEntries(Object.entries(exitCodes).map(([kind, {code}]) => [`${code}`, kind])),
    inputs: typesOf(sharedInputs),
    commands: sorted(
      actions.map(({name, inputs, outputs}) => [
        name,
        {
          inputs: typesOf(inputs),
          outputs: sorted(Object.entries(outputs).map(([output, {type}]) => [spell.kebab(output), type])),
        },
      ]),
    ),
  }
}

function typesOf(fields: Fields): Readonly<Record<string, string>> {
  return sorted(
    Object.entries(fields).map(([name, field]) => {
      const type = field.options ? field.options.join('|') : field.type
      const fallback = shownDefault(field)
      return [spell.kebab(name), fallback === undefined ? type : `${type} = ${fallback}`]
    }),
  )
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([name], [other]) => (name < other ? -1 : 1)))
}
