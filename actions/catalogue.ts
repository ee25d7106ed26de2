// Written by scripts/generate.ts from the folders beside this file.
import type {AnyAction} from '../src/command/action.ts'
import {action as cancelJob} from './cancel-job/action.ts'
import {action as deleteArtifacts} from './delete-artifacts/action.ts'
import {action as doctor} from './doctor/action.ts'
import {action as downloadArtifacts} from './download-artifacts/action.ts'
import {action as downloadArtifactsByRef} from './download-artifacts-by-ref/action.ts'
import {action as eraseJob} from './erase-job/action.ts'
import {action as fetchSelf} from './fetch-self/action.ts'
import {action as getArtifactFile} from './get-artifact-file/action.ts'
import {action as getJob} from './get-job/action.ts'
import {action as getJobLog} from './get-job-log/action.ts'
import {action as keepArtifacts} from './keep-artifacts/action.ts'
import {action as listAllowedAgents} from './list-allowed-agents/action.ts'
import {action as listArtifacts} from './list-artifacts/action.ts'
import {action as listJobs} from './list-jobs/action.ts'
import {action as playManualJob} from './play-manual-job/action.ts'
import {action as retryJob} from './retry-job/action.ts'
import {action as triggerPipeline} from './trigger-pipeline/action.ts'
import {action as waitForJob} from './wait-for-job/action.ts'

/** Every command, by name. */
export const actions: readonly AnyAction[] = [
  cancelJob,
  deleteArtifacts,
  doctor,
  downloadArtifacts,
  downloadArtifactsByRef,
  eraseJob,
  fetchSelf,
  getArtifactFile,
  getJob,
  getJobLog,
  keepArtifacts,
  listAllowedAgents,
  listArtifacts,
  listJobs,
  playManualJob,
  retryJob,
  triggerPipeline,
  waitForJob,
]
