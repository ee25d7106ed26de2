import {invalid} from './answers.ts'
import {isBlank, isObject, textOf, type Params} from './params.ts'
import type {ParamSpec} from './route.ts'
import {jobStatuses} from '../world/status.ts'
import {has, type Feature} from '../world/versions.ts'

export interface CheckedParams {
  readonly params: Params
  readonly echoed: Params
}

/** Checks and converts declared parameters as GitLab's API does; every problem goes into one answer. */
export function checkParams(given: Params, specs: Readonly<Record<string, ParamSpec>>, version: string): CheckedParams {
  const params: Params = {...given}
  const echoed: Params = {...given}
  const problems: string[] = []
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.since !== undefined && !has(version, spec.since)) {
      delete params[name]
      continue
    }
    const value = given[name]
    // A number or a truth of nothing is none, as Grape reads it; text of nothing is text.
    const isNothing = value === null || (isBlank(value) && (spec.type === 'integer' || spec.type === 'boolean'))
    if (value === undefined || (isNothing && !spec.required)) {
      if (spec.required) problems.push(`${name} is missing`)
      if (spec.default !== undefined) params[name] = echoed[name] = spec.default
      else delete params[name]
      continue
    }
    if (spec.notBlank && isBlank(value)) {
      problems.push(`${name} is empty`)
      continue
    }
    const checked = convert(name, value, spec, version)
    if (checked.problems) problems.push(...checked.problems)
    else params[name] = checked.value
  }
  if (problems.length > 0) throw invalid(...problems)
  return {params, echoed}
}

type Converted = {readonly value: unknown; readonly problems?: undefined} | {readonly problems: readonly string[]}

function convert(name: string, value: unknown, spec: ParamSpec, version: string): Converted {
  switch (spec.type) {
    case 'string':
      if (isObject(value) || Array.isArray(value)) return isInvalid(name)
      if (spec.values && !spec.values.includes(textOf(value))) return isNone(name)
      return {value: textOf(value)}
    case 'integer':
      return integer(name, value, spec)
    case 'boolean':
      return boolean(name, value)
    case 'scope':
      return scope(name, value, version)
    case 'object':
      return isObject(value) ? {value} : isInvalid(name)
    case 'variables':
      return variables(name, value)
    case 'pipelineVariables':
      return pipelineVariables(name, value)
  }
}

const isNone = (name: string): Converted => ({problems: [`${name} does not have a valid value`]})
const isInvalid = (name: string): Converted => ({problems: [`${name} is invalid`]})

function integer(name: string, value: unknown, {min = -Infinity, max = Infinity}: ParamSpec): Converted {
  const number = typeof value === 'number' ? value : Number(/^[+-]?\d+$/.test(textOf(value)) ? value : NaN)
  if (!Number.isInteger(number)) return isInvalid(name)
  return number < min || number > max ? {problems: [`${name} does not have a valid value`]} : {value: number}
}

function boolean(name: string, value: unknown): Converted {
  const text = textOf(value).toLowerCase()
  if (['true', 't', '1', 'yes', 'y', 'on'].includes(text)) return {value: true}
  return ['false', 'f', '0', 'no', 'n', 'off', ''].includes(text) ? {value: false} : isInvalid(name)
}

/** One status, a list of them, or the hash form `scope[0]=…`. */
function scope(name: string, value: unknown, version: string): Converted {
  const list: readonly unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [value]
  const isKnown = list.every((item) => typeof item === 'string' && isStatusOf(version, item))
  return isKnown ? {value: list} : {problems: [`${name} does not have a valid value`]}
}

const statusFeatures: Readonly<Record<string, Feature>> = {
  canceling: 'canceling',
  waiting_for_callback: 'waitingForCallback',
}

function isStatusOf(version: string, status: string): boolean {
  const feature = statusFeatures[status]
  return jobStatuses.includes(status) && (feature === undefined || has(version, feature))
}

/** `[{key, value}]`, or the hash form with numbers for names. */
function variables(name: string, value: unknown): Converted {
  const list: readonly unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [null]
  if (!list.every(isObject)) return isInvalid(name)
  const problems = list.flatMap((item, index) =>
    ['key', 'value'].filter((key) => item[key] === undefined).map((key) => `${name}[${index}][${key}] is missing`),
  )
  if (problems.length > 0) return {problems}
  return {value: list.map((item) => ({key: textOf(item['key']), value: textOf(item['value'])}))}
}

/** As `variables`, with a type; what lacks its key is refused later, by the record. */
function pipelineVariables(name: string, value: unknown): Converted {
  const list: readonly unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [null]
  if (!list.every(isObject)) return isInvalid(name)
  const problems = list.flatMap(({variable_type: type = 'env_var'}, index) =>
    type === 'env_var' || type === 'file' ? [] : [`${name}[${index}][variable_type] does not have a valid value`],
  )
  if (problems.length > 0) return {problems}
  return {
    value: list.map(({key, value: text, variable_type: type = 'env_var'}) => ({
      key: textOf(key ?? ''),
      value: textOf(text ?? ''),
      variable_type: type,
    })),
  }
}
