import {Validator, type OutputUnit} from '@cfworker/json-schema'
import {faultShapeProblems, referenceProblems} from './world-references.ts'
import type {WorldFile} from './world-types.ts'
import {artifactsSchema, faultsSchema, pipelineRequestSchema, worldSchema} from './world-schema.ts'

/** Every problem of a world file, each with its place. None: the value is a `WorldFile`. */
export function worldProblems(value: unknown): readonly string[] {
  const problems = schemaProblems(worldSchema, value)
  return [...problems, ...referencesOf(value, problems.length > 0)]
}

/** A world of the wrong shape is followed as far as it can be. */
function referencesOf(value: unknown, isMisshapen: boolean): readonly string[] {
  try {
    return referenceProblems(value as WorldFile)
  } catch (error) {
    if (isMisshapen && error instanceof TypeError) return []
    throw error
  }
}

/** Every problem of a list of fault rules. */
export function faultProblems(value: unknown): readonly string[] {
  const problems = schemaProblems(faultsSchema, value)
  return problems.length > 0 ? problems : faultShapeProblems(value as readonly object[], '')
}

/** Every problem of what a job is said to upload, outside a world file. */
export const artifactsProblems = (value: unknown): readonly string[] => schemaProblems(artifactsSchema, value)

/** Every problem of a pipeline that is asked for. */
export const pipelineRequestProblems = (value: unknown): readonly string[] =>
  schemaProblems(pipelineRequestSchema, value)

function schemaProblems(schema: object, value: unknown): readonly string[] {
  const {errors} = new Validator(schema, '2020-12', false).validate(value)
  return [...new Set(leaves(errors).map((unit) => `${placeOf(unit.instanceLocation)}: ${wordsFor(unit)}`))]
}

/** The validator also reports every keyword above a problem; only the innermost reports say something. */
function leaves(errors: readonly OutputUnit[]): readonly OutputUnit[] {
  const wrapping = ['properties', 'items', 'additionalProperties', '$ref', 'anyOf', 'prefixItems']
  return errors.filter(({keyword, instanceLocation}) => {
    if (!wrapping.includes(keyword)) return true
    return !errors.some(
      (other) => other.instanceLocation.startsWith(instanceLocation) && !wrapping.includes(other.keyword),
    )
  })
}

/** The validator speaks of schemas; who writes a world thinks of keys. */
function wordsFor({error}: OutputUnit): string {
  return error === 'False boolean schema.' ? 'there is no such key' : error
}

function placeOf(location: string): string {
  return location.replace(/^#/, '') || '/'
}
