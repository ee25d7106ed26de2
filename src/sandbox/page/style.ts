/** Light and dark by the reader's system; one column where the screen is narrow. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f5f2, #16171b); --card: light-dark(#ffffff, #1f2127); --line: light-dark(#dddad3, #34373f);
  --ink: light-dark(#1d1e22, #e8e8ea); --quiet: light-dark(#65666d, #a0a3ad); --link: light-dark(#1f5fbf, #8ab4f8);
  --good: light-dark(#1a7f43, #5fd08a); --bad: light-dark(#c02b2b, #ff8580); --busy: light-dark(#1f5fbf, #8ab4f8);
  --wait: light-dark(#9a6200, #f0b64e); --rest: light-dark(#65666d, #a0a3ad);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); }
a { color: var(--link); text-decoration: none; overflow-wrap: anywhere; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
code, pre, .ref, time { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .86em; }
code, .ref { overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: .2rem 0 .8rem; display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 .6rem; }
.quiet, .empty, dt, .more { color: var(--quiet); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .5rem; top: .5rem; background: var(--card); padding: .5rem; z-index: 2; }
header { background: var(--card); border-bottom: 1px solid var(--line); padding: .55rem 1.25rem; display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; align-items: center; }
header .brand { font-weight: 700; color: var(--ink); }
header .brand .sign { color: var(--wait); }
header nav { display: flex; gap: 1rem; flex: 1; }
nav a[aria-current] { color: var(--ink); font-weight: 600; box-shadow: 0 2px 0 var(--wait); }
.clock { display: flex; gap: .35rem; align-items: center; flex-wrap: wrap; }
.clock time { font-size: .95rem; margin-right: .3rem; font-variant-numeric: tabular-nums; }
.trail { padding: .8rem 1.25rem 0; margin: 0 auto; max-width: 76rem; font-size: .9rem; color: var(--quiet); min-height: 2.2rem; } .trail:empty { min-height: 0; }
main { padding: 0 1.25rem 3rem; max-width: 76rem; margin: 0 auto; }
section { margin: 1.4rem 0; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); }
.card, .job, table, .log, .stage, .facts { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 1rem 1.1rem; } .card p { margin: 0 0 .7rem; font-size: .88rem; }
ul { list-style: none; margin: 0; padding: 0; }
.pipelines li { display: flex; flex-wrap: wrap; gap: .25rem .7rem; align-items: center; padding: .3rem 0; }
.facts { display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; margin: 0; padding: .8rem 1.1rem; } .facts > div { min-width: 6.5rem; }
.facts:empty { display: none; }
dt { font-size: .78rem; } dd { margin: 0; overflow-wrap: anywhere; }
.badge { display: inline-flex; gap: .4em; align-items: center; font-size: .84rem; font-weight: 600; padding: .05em .65em .05em .5em; border-radius: 1em; color: var(--tone); border: 1px solid color-mix(in srgb, var(--tone) 45%, transparent); background: color-mix(in srgb, var(--tone) 11%, transparent); white-space: nowrap; }
.badge, .dot { --tone: var(--rest); }
.is-success { --tone: var(--good); } .is-failed { --tone: var(--bad); color: var(--bad); } .is-running, .is-canceling { --tone: var(--busy); }
.is-pending, .is-scheduled, .is-waiting-for-resource, .is-preparing, .is-waiting-for-callback { --tone: var(--wait); }
.dots { display: inline-flex; flex-wrap: wrap; gap: 3px; }
.dot { display: inline-grid; place-items: center; width: 1.35rem; height: 1.35rem; border-radius: 50%; font-size: .72rem; color: var(--tone); border: 1.5px solid currentColor; }
.is-running .sign, .dot.is-running { animation: turn 2s linear infinite; } .is-running .sign { display: inline-block; }
@keyframes turn { to { transform: rotate(1turn); } }
.stages { display: flex; gap: .8rem; overflow-x: auto; padding: 3px 3px .6rem; align-items: flex-start; margin: 1.2rem -3px; }
.stage { flex: 1 0 14rem; max-width: 22rem; padding: .8rem; margin: 0; background: color-mix(in srgb, var(--card) 45%, var(--paper)); }
.stage h2 { font-size: .9rem; color: var(--quiet); overflow-wrap: anywhere; }
.job { padding: .55rem .75rem; margin-bottom: .5rem; } .job p { margin: .25rem 0 0; display: flex; flex-wrap: wrap; gap: .2rem .5rem; font-size: .88rem; align-items: center; }
.job:last-child { margin-bottom: 0; } .job .name { font-weight: 600; } summary { cursor: pointer; color: var(--quiet); font-size: .85rem; margin: .3rem 0; }
table + form { margin-top: 1.2rem; }
table { width: 100%; border-collapse: separate; border-spacing: 0; font-size: .9rem; overflow: hidden; }
th { text-align: left; color: var(--quiet); font-weight: 500; font-size: .78rem; }
th, td { padding: .45rem .8rem; vertical-align: top; overflow-wrap: break-word; } tbody td { border-top: 1px solid var(--line); }
.record { table-layout: fixed; } .record th:nth-child(1) { width: 6rem; } .record th:nth-child(3) { width: 19%; } .record th:nth-child(4) { width: 7.8rem; } .record th:nth-child(5) { width: 26%; }
td:first-child { white-space: nowrap; } td b { font-weight: 600; } .leak, .refused .code, .refused td:last-child { color: var(--bad); }
.tag { font-size: .75rem; border: 1px solid var(--line); border-radius: 4px; padding: 0 .35em; margin-right: .5em; color: var(--quiet); white-space: nowrap; }
.log { margin: 0; padding: .9rem 1.1rem; max-height: 32rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; }
.bold { font-weight: 700; } .ink-red { color: var(--bad); } .ink-green { color: var(--good); } .ink-yellow { color: var(--wait); } .ink-blue, .ink-cyan, .ink-magenta { color: var(--link); }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .9rem 0; }
button, input, textarea { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: .25rem .75rem; min-height: 2.1rem; }
button { cursor: pointer; } button:hover { border-color: var(--link); color: var(--link); } .clock button { padding: .1rem .5rem; font-size: .85rem; }
input { flex: 1 1 12rem; max-width: 30rem; } textarea { display: block; width: 100%; font: .84rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; padding: .6rem .75rem; margin: .4rem 0; }
label { color: var(--quiet); font-size: .88rem; } .tab { padding: .25rem .2rem; } .tab[aria-current] { color: var(--ink); font-weight: 600; box-shadow: 0 2px 0 var(--wait); }
#said { position: fixed; right: 1rem; bottom: 1rem; margin: 0; padding: .5rem .9rem; border-radius: 8px; background: var(--ink); color: var(--paper); max-width: min(36rem, calc(100vw - 2rem)); }
#said:empty { display: none; } #said.is-failed { background: var(--bad); color: var(--paper); }
.state::before { content: "○ not live"; color: var(--quiet); font-size: .82rem; } body[data-stream=open] .state::before { content: "● live"; color: var(--good); } body[data-stream=lost] .state::before { content: "○ connection lost"; color: var(--bad); }
@media (prefers-reduced-motion: reduce) { .sign, .dot { animation: none !important; } }
@media (max-width: 40rem) {
  header { padding: .5rem .8rem; } main { padding: 0 .8rem 3rem; } .trail { padding: .8rem .8rem 0; }
  .stages { flex-direction: column; } .stage { flex: none; width: 100%; max-width: none; }
  thead { position: absolute; left: -99rem; } table, tbody, tr, td { display: block; } td { overflow-wrap: anywhere; } td:first-child { white-space: normal; }
  tr { padding: .5rem 0; border-top: 1px solid var(--line); } tbody tr:first-child { border-top: 0; } tbody td { border: 0; padding: .1rem .8rem; }
  td:empty { display: none; } td[data-name]:not([data-name=""])::before { content: attr(data-name) " "; color: var(--quiet); font-size: .78rem; }
  button { min-height: 2.6rem; } .clock button { min-height: 2.2rem; padding: .1rem .65rem; }
}
`
