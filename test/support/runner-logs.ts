/** As a runner 19 writes it: stamp, stream, kind, and a plus where a line goes on. */
export const at = (second: number): string => `2026-11-25T10:00:${String(second).padStart(2, '0')}.000000Z`
export const stamped = [
  `${at(0)} 00O Running with gitlab-runner 19.4.0 (abcdef12)`,
  `${at(1)} 00O section_start:1764064801:get_sources\r`,
  `${at(1)} 00O+\x1b[0K\x1b[0K\x1b[36;1mGetting source from Git repository\x1b[0;m`,
  `${at(2)} 01O Fetching changes...`,
  `${at(3)} 00O section_end:1764064803:get_sources\r`,
  `${at(3)} 00O+\x1b[0Ksection_start:1764064803:step_script\r`,
  `${at(3)} 00O+\x1b[0K\x1b[36;1mExecuting "step_script" stage of the job script\x1b[0;m`,
  `${at(4)} 01O \x1b[32;1m$ make\x1b[0;m`,
  `${at(5)} 01O 10 %\r`,
  `${at(6)} 01O+100 %\r`,
  `${at(6)} 01E error: no rule to make target`,
  `${at(7)} 00O section_end:1764064807:step_script\r`,
  `${at(7)} 00O+\x1b[0Ksection_start:1764064807:after_script\r`,
  `${at(7)} 00O+\x1b[0KRunning after_script`,
  `${at(8)} 01O tidying up`,
  `${at(8)} 00O section_end:1764064808:after_script\r`,
  `${at(9)} 00O \x1b[31;1mERROR: Job failed: exit code 2`,
].join('\n')

/** The same job on a runner before 18.7. */
export const plain = [
  'Running with gitlab-runner 19.4.0 (abcdef12)',
  'section_start:1764064801:get_sources\r\x1b[0K\x1b[0K\x1b[36;1mGetting source from Git repository\x1b[0;m',
  'Fetching changes...',
  'section_end:1764064803:get_sources\r\x1b[0Ksection_start:1764064803:step_script\r\x1b[0K\x1b[36;1mExecuting "step_script" stage of the job script\x1b[0;m',
  '\x1b[32;1m$ make\x1b[0;m',
  '10 %\r100 %\r',
  'error: no rule to make target',
  'section_end:1764064807:step_script\r\x1b[0Ksection_start:1764064807:after_script\r\x1b[0KRunning after_script',
  'tidying up',
  'section_end:1764064808:after_script\r\x1b[0K\x1b[31;1mERROR: Job failed: exit code 2',
].join('\n')
