export const help = `An in-memory GitLab for trying pipelines out and for tests: the Jobs API on loopback.

Usage
  sandbox [serve] [options]   serve a world until SIGTERM or SIGINT, and print the variables to export
  sandbox demo [--keep DIR] [--gitlab-version V]
                              run the main job against a built-in world, in a few seconds
  sandbox worlds [NAME]       list the built-in worlds, or print one as a start for your own
  sandbox check FILE          validate a world file: every problem with its place, exit 64

Options of serve
  --port N                port to listen on; 0, the default, takes a free one
  --world FILE|NAME       a YAML or JSON file, or a built-in world (default main)
  --gitlab-version V      the GitLab to be, from 13.3 on, such as 16.11 or 19.2 (default: the world's, else 19.2)
  --storage MODE          how archives go out: disk (default), redirect to a second origin, proxy, or cdn, which is
                          a redirect to a delivery network in front of the store
  --clock real|manual     manual: time moves only by POST /-/sandbox/clock
  --speed N               sandbox seconds a real second (default 1)
  --fault RULE            a fault rule in YAML or JSON, such as '{on: "GET /job", times: 1, answer: {status: 502}}';
                          may be given more than once
  --rate-limit N          requests a minute and user on a project's job list (default 600, 0 for no limits)
  --json                  print one line of JSON instead of shell lines
  --verbose               log each request on standard error

  --help, --version

Exit codes
  0 done   64 bad option or world   69 cannot listen   1 a bug, or a step of the demo that failed
`
