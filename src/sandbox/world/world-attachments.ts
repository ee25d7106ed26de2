import {accessSync, constants} from 'node:fs'
import {resolve} from 'node:path'
import type {WorldFile} from './world-types.ts'

/** Logs and archives that a world names but that cannot be read, each with its place. */
export function attachmentProblems({projects = []}: WorldFile, folder: string): readonly string[] {
  const problems: string[] = []
  const look = (file: string, place: string) => {
    if (!isReadable(resolve(folder, file))) problems.push(`${place}: ${file} cannot be read`)
  }
  for (const [p, project] of projects.entries()) {
    for (const [l, pipeline] of (project.pipelines ?? []).entries()) {
      for (const [j, {log, artifacts}] of (pipeline.jobs ?? []).entries()) {
        const place = `/projects/${p}/pipelines/${l}/jobs/${j}`
        if (typeof log === 'object' && 'file' in log) look(log.file, `${place}/log/file`)
        if (artifacts?.file !== undefined) look(artifacts.file, `${place}/artifacts/file`)
      }
    }
  }
  return problems
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
