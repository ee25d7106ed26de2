import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {readdirSync, rmSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {WorldFile} from '../../src/sandbox/world/world-types.ts'
import {dist, runBundle, type BundleRun} from './bundles.ts'
import {missingUnless} from './shell.ts'

/** Of the server, behind the router: two addresses of the one family, one of the other. */
export const addresses = {four: '10.77.1.2', otherFour: '10.77.1.3', six: '2001:db8:1::2'} as const
const port = 8080
const prefix = 'jobside-net-'

export interface Network {
  /** The private folder in which bundles run. */
  readonly folder: string
  /** Runs a bundle in the client's namespace, where `gitlab.example.net` leads to these addresses, in this order. */
  run(name: string, argv: readonly string[], options: NetworkRun): Promise<BundleRun>
  /** From now on the router drops whatever is sent to these addresses, and tells nobody. */
  lose(...lost: readonly string[]): void
  /** All addresses of both sides, or what `lose` took. */
  heal(): void
  /** Drops each packet with this chance, both ways. */
  loseAtRandom(percent: number): void
  /** Lets this many bits a second through towards the client. */
  slowDown(kilobits: number): void
  /** Resolves once the server has sent this many bytes on one connection that began after this call. */
  sent(bytes: number): Promise<void>
  close(): void
}

interface NetworkRun {
  readonly to: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly during?: (child: ChildProcess) => void
}

/** Undefined where namespaces can be made; those that a killed run has left are taken away first. */
export function missingNamespaces(): string | undefined {
  if (process.env['JOBSIDE_BINARY'] !== undefined) return 'needs the bundles'
  for (const name of namesLeft()) if (!isAlive(Number(name.split('-')[2]))) spawnSync('ip', ['netns', 'del', name])
  const probe = `${prefix}${process.pid}-probe`
  return missingUnless(
    `ip netns add ${probe} && { ip -n ${probe} link add one type veth peer name two && ip -n ${probe} -6 addr add ::1/128 dev lo; code=$?; ip netns del ${probe}; exit $code; }`,
    'needs root and network namespaces',
  )
}

/** Undefined where `loseAtRandom` works. */
export const missingRandomLoss = (): string | undefined => {
  const probe = `${prefix}${process.pid}-loss`
  return missingUnless(
    `ip netns add ${probe} && { ip -n ${probe} link add one type veth peer name two && { ${lossOn(probe, 'one', 10)}; }; code=$?; ip netns del ${probe}; exit $code; }`,
    'needs root and tc with netem or with BPF',
  )
}

/** Client, router and server, each in a network namespace of its own, with a sandbox on the server. Needs root. */
export async function openNetwork(world: WorldFile, faults: readonly object[] = []): Promise<Network> {
  const space = (role: string): string => `${prefix}${process.pid}-${role}`
  const [client, router, server] = [space('client'), space('router'), space('server')] as const
  const folder = mkdtempSync(join(tmpdir(), 'jobside-namespaces-'))
  const children: ChildProcess[] = []
  const close = (): void => {
    for (const child of children) child.kill('SIGKILL')
    for (const name of [client, router, server]) spawnSync('ip', ['netns', 'del', name])
    rmSync(folder, {recursive: true, force: true})
  }
  process.once('exit', close)
  must(layout(client, router, server))
  const start = (...args: readonly string[]): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', server, process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    children.push(child)
    return child
  }
  writeFileSync(join(folder, 'world.json'), JSON.stringify(world))
  const rules = faults.flatMap((fault) => ['--fault', JSON.stringify(fault)])
  const sandbox = start(join(dist, 'sandbox.mjs'), '--world', join(folder, 'world.json'), '--json', ...rules)
  const sandboxLine = JSON.parse(await firstLine(sandbox)) as {
    readonly url: string
    readonly env: Record<string, string>
  }
  // The sandbox keeps to loopback; this takes what comes from outside there, and tells how much has gone out.
  const front = start('-e', forwarder, String(port), new URL(sandboxLine.url).port)
  await firstLine(front)
  const healthy: string[] = []
  return {
    folder,
    run(name, argv, {to, env, during}) {
      const hosts = join(folder, 'hosts')
      writeFileSync(
        hosts,
        ['127.0.0.1 localhost', ...to.map((address) => `${address} gitlab.example.net`), ''].join('\n'),
      )
      const url = `http://gitlab.example.net:${port}`
      const {GITLAB_TOKEN: _, ...variables} = sandboxLine.env
      return runBundle(name, ['--allow-http', ...argv], {
        cwd: folder,
        env: {
          ...variables,
          CI_SERVER_URL: url,
          CI_SERVER_HOST: 'gitlab.example.net',
          CI_API_V4_URL: `${url}/api/v4`,
          ...env,
        },
        node: 'ip',
        nodeOptions: [
          'netns',
          'exec',
          client,
          'bash',
          '-c',
          withHosts,
          hosts,
          process.env['JOBSIDE_NODE'] ?? process.execPath,
        ],
        ...(during && {during}),
      })
    },
    lose(...lost) {
      for (const lostAddress of lost) {
        must(`ip -n ${router} route add blackhole ${lostAddress}`)
        healthy.push(`ip -n ${router} route del blackhole ${lostAddress}`)
      }
    },
    heal() {
      for (const command of healthy.splice(0)) must(command)
    },
    loseAtRandom(percent) {
      for (const device of ['toclient', 'toserver']) {
        must(lossOn(router, device, percent))
        healthy.push(
          `tc -n ${router} qdisc del dev ${device} root 2>&- || tc -n ${router} qdisc del dev ${device} clsact`,
        )
      }
    },
    slowDown(kilobits) {
      must(`tc -n ${router} qdisc add dev toclient root tbf rate ${kilobits}kbit burst 4000 limit 20000`)
      healthy.push(`tc -n ${router} qdisc del dev toclient root`)
    },
    sent: (bytes) => hasSent(front, bytes),
    close() {
      process.off('exit', close)
      close()
    },
  }
}

/** client0 10.77.0.2 — 10.77.0.1 router 10.77.1.1 — 10.77.1.2, 10.77.1.3 server0, and the same in 2001:db8::/32. */
function layout(client: string, router: string, server: string): string {
  return `set -e
    for space in ${client} ${router} ${server}; do ip netns add $space; ip -n $space link set lo up; done
    ip link add client0 netns ${client} type veth peer name toclient netns ${router}
    ip link add server0 netns ${server} type veth peer name toserver netns ${router}
    place() { # place NAMESPACE DEVICE ADDRESS...
      local space=$1 device=$2; shift 2
      for address; do ip -n $space addr add $address dev $device $(case $address in *:*) echo nodad; esac); done
      ip -n $space link set $device up
    }
    place ${router} toclient 10.77.0.1/24 2001:db8::1/64
    place ${router} toserver 10.77.1.1/24 2001:db8:1::1/64
    place ${client} client0 10.77.0.2/24 2001:db8::2/64
    place ${server} server0 ${addresses.four}/24 ${addresses.otherFour}/24 ${addresses.six}/64
    ip netns exec ${router} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
    ip -n ${client} route add default via 10.77.0.1; ip -n ${client} -6 route add default via 2001:db8::1
    ip -n ${server} route add default via 10.77.1.1; ip -n ${server} -6 route add default via 2001:db8:1::1`
}

/** netem where the kernel has it; else a filter of four instructions that draws a number a packet, and a device whose other end is shut. */
function lossOn(space: string, device: string, percent: number): string {
  const least = Math.round(2 ** 32 * (percent / 100))
  const program = `4,32 0 0 4294963256,53 0 1 ${least},6 0 0 0,6 0 0 4294967295`
  return `tc -n ${space} qdisc add dev ${device} root netem loss ${percent}% 2>&- || {
    ip -n ${space} link show nowhere >&- 2>&- || ip -n ${space} link add nowhere type veth peer name shut
    ip -n ${space} link set nowhere up && ip -n ${space} link set shut up &&
    tc -n ${space} qdisc add dev ${device} clsact &&
    tc -n ${space} filter add dev ${device} egress bpf bytecode '${program}' action mirred egress redirect dev nowhere
  }`
}

/** Nobody else sees the mount: `ip netns exec` gives each command a mount namespace of its own. */
const withHosts = 'mount --bind "$0" /etc/hosts && exec "$@"'

const forwarder = `
  const net = require('node:net')
  const [port, target] = process.argv.slice(1).map(Number)
  net.createServer((client) => {
    let bytes = 0
    const server = net.connect(target, '127.0.0.1')
    client.on('error', () => server.destroy()).on('close', () => server.destroy())
    server.on('error', () => client.destroy()).on('close', () => client.destroySoon())
    server.on('data', (chunk) => console.log((bytes += chunk.length)))
    client.pipe(server).pipe(client)
  }).listen(port, '::', () => console.log('ready'))`

function must(script: string): void {
  const {status, stderr} = spawnSync('bash', ['-c', script], {encoding: 'utf8'})
  if (status !== 0) throw new Error(`${script}\n${stderr}`)
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.on('exit', () => reject(new Error('ended before it was ready')))
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
}

function hasSent(front: ChildProcess, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    const onData = (chunk: Buffer): void => {
      if (
        !chunk
          .toString()
          .split('\n')
          .some((line) => Number(line) >= bytes)
      )
        return
      front.stdout?.off('data', onData)
      resolve()
    }
    front.stdout?.on('data', onData)
  })
}

function namesLeft(): readonly string[] {
  try {
    return readdirSync('/run/netns').filter((name) => name.startsWith(prefix))
  } catch {
    return []
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
