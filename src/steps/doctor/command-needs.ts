// Written by scripts/generate.ts from the `needs` of each definition.
import type {RouteName} from '../../gitlab/api/access.ts'

/** What each command cannot do without: for each step the routes of which one must work. */
export const commandNeeds: Readonly<Record<string, readonly (readonly RouteName[])[]>> = {
  'cancel-job': [['pipeline-jobs'], ['cancel']],
  'delete-artifacts': [['pipeline-jobs'], ['delete-artifacts']],
  'download-artifacts': [['artifacts']],
  'download-artifacts-by-ref': [['artifacts-by-ref']],
  'erase-job': [['pipeline-jobs'], ['erase']],
  'fetch-self': [['own-job']],
  'get-artifact-file': [['artifact-file']],
  'get-job': [['pipeline-jobs']],
  'get-job-log': [['pipeline-jobs'], ['trace']],
  'keep-artifacts': [['pipeline-jobs'], ['keep']],
  'list-allowed-agents': [['allowed-agents']],
  'list-artifacts': [['artifacts-tree', 'artifacts']],
  'list-jobs': [['pipeline-jobs']],
  'play-manual-job': [['pipeline-jobs'], ['play']],
  'retry-job': [['pipeline-jobs'], ['retry']],
  'trigger-pipeline': [['trigger', 'create-pipeline']],
  'wait-for-job': [['pipeline-jobs']],
}
