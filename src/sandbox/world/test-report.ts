import type {Pipeline} from './model.ts'
import type {TestCaseFile} from './world-types.ts'

/** What GitLab reads out of the JUnit reports of a pipeline's jobs: one suite a job. */
export function testReport({currentJobs}: Pipeline): object {
  const suites = currentJobs.flatMap(({name, artifacts}) => {
    const cases = artifacts?.reports.includes('junit') ? artifacts.testCases : undefined
    return cases ? [{name, ...counted(cases), suite_error: null, test_cases: cases.map(testCase)}] : []
  })
  const counts = counted(suites.flatMap(({test_cases: cases}) => cases))
  return {...counts, test_suites: suites}
}

function counted(cases: readonly Pick<TestCaseFile, 'status' | 'execution_time'>[]) {
  const having = (asked: string) => cases.filter(({status = 'success'}) => status === asked).length
  return {
    total_time: cases.reduce((sum, {execution_time: time = 0}) => sum + time, 0),
    total_count: cases.length,
    success_count: having('success'),
    failed_count: having('failed'),
    skipped_count: having('skipped'),
    error_count: having('error'),
  }
}

function testCase(file: TestCaseFile) {
  const {name, classname = name, status = 'success', execution_time = 0, system_output = null} = file
  return {status, name, classname, execution_time, system_output, stack_trace: null}
}
