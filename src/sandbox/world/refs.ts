import {createHash} from 'node:crypto'
import type {Pipeline, Project, ProtectedRef} from './model.ts'

/** The refs of a project: a world has no repository, but names them, and each pipeline stands for one. */

export type RefKind = 'branch' | 'tag'

/** A branch goes before a tag of the same name, as where GitLab makes a pipeline of a bare name. */
export function refKind(project: Project, ref: string): RefKind | undefined {
  if (isBranch(project, ref)) return 'branch'
  return isTag(project, ref) ? 'tag' : undefined
}

export function isBranch(project: Project, name: string): boolean {
  if (name === project.defaultBranch || (project.file.branches ?? []).includes(name)) return true
  return !name.startsWith('refs/') && project.pipelines.some(({ref, tag}) => ref === name && !tag)
}

export function isTag(project: Project, name: string): boolean {
  return (project.file.tags ?? []).includes(name) || project.pipelines.some(({ref, tag}) => ref === name && tag)
}

/** The newest commit of a ref, or the commit itself. Undefined for what the project does not have. */
export function shaOf(project: Project, ref: string, kind?: RefKind): string | undefined {
  const isMeant = (pipeline: Pipeline) => kind === undefined || pipeline.tag === (kind === 'tag')
  const newest = project.pipelines.findLast((pipeline) => pipeline.ref === ref && isMeant(pipeline))
  if (newest) return newest.sha
  if (refKind(project, ref) !== undefined) return createHash('sha1').update(`${project.path} ${ref}`).digest('hex')
  return /^[0-9a-f]{7,64}$/.test(ref) ? project.pipelines.findLast(({sha}) => sha.startsWith(ref))?.sha : undefined
}

/** The protections that a ref falls under; none: it is not protected. */
export function protectionsOf(project: Project, ref: string, kind: RefKind): readonly ProtectedRef[] {
  const list = kind === 'tag' ? project.protectedTags : project.protectedBranches
  return list.filter(({name}) => namePattern(name).test(ref))
}

export function isProtected({project, ref, tag}: Pipeline): boolean {
  return protectionsOf(project, ref, tag ? 'tag' : 'branch').length > 0
}

/** A name in which `*` stands for anything, as GitLab has it for refs and environments. */
export function namePattern(name: string): RegExp {
  const source = name.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${source.join('.*')}$`)
}
