import {expect, test} from '@jest/globals'
import {homeOf, withHome} from '../../../scripts/generate/home.ts'

const manifest = (url: string): string => JSON.stringify({version: '2.3.4', repository: {url}})

test('a component reads its program from where package.json says that the project lives', () => {
  expect(homeOf(manifest('git+https://gitlab.test/tools/ci/jobside.git')).project).toBe('tools/ci/jobside')
})

test.each(['git+https://gitlab.example.com/my-group/jobside.git', 'git+https://github.com/someone/jobside.git'])(
  'at %s no project on a GitLab is named: it is looked for in the group that runs it',
  (url) => expect(homeOf(manifest(url)).project).toBe(''),
)

test('pages name the project and the version of package.json', () => {
  const home = homeOf(manifest('git+https://gitlab.test/tools/jobside.git'))
  const page = [
    'component: $CI_SERVER_FQDN/my-group/jobside/wait-for-job@0.1.0',
    'gh attestation verify x --repo my-group/jobside',
    'raw?ref=v0.1.0',
    'image: registry.example.com/my-group/jobside:0.1.0',
    'npx jobside@0.9.0',
    'git clone https://example.com/jobside.git',
    'git clone --branch v0.1.0 https://gitlab.example.com/my-group/jobside.git',
  ]
  expect(withHome(page.join('\n'), home).split('\n')).toEqual([
    'component: $CI_SERVER_FQDN/tools/jobside/wait-for-job@v2.3.4',
    'gh attestation verify x --repo tools/jobside',
    'raw?ref=v2.3.4',
    'image: registry.example.com/my-group/jobside:2.3.4',
    'npx jobside@0.9.0',
    'git clone https://gitlab.test/tools/jobside.git',
    'git clone --branch v2.3.4 https://gitlab.test/tools/jobside.git',
  ])
})
