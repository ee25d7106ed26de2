/** Where GitLab is, who asks, and how patient to be. An `undefined` option counts as left out. */
export interface ClientOptions {
  /** Root of the API, such as `https://gitlab.example.com/api/v4`. */
  readonly apiUrl: string;
  /** Project of all calls that name none: its id or full path. */
  readonly project?: string | number | undefined;
  /** Job token, sent as `JOB-TOKEN` wherever GitLab takes one. */
  readonly jobToken?: string | undefined;
  /** Access token, sent only where no job token can serve. */
  readonly token?: string | undefined;
  /** Token of a pipeline trigger, for `triggerPipeline` alone. */
  readonly triggerToken?: string | undefined;
  /** The access token is one of OAuth: it is sent as Bearer. */
  readonly oauth?: boolean | undefined;
  /** Which credential may be used; by default `auto`. */
  readonly auth?: 'auto' | 'job-token' | 'token' | 'anonymous' | undefined;
  /** PEM file with roots to trust beside Node's own. */
  readonly caFile?: string | undefined;
  /** PEM file with a client certificate. */
  readonly certFile?: string | undefined;
  /** PEM file with its key. */
  readonly keyFile?: string | undefined;
  /** Proxy for all requests but those to loopback; none unless given. */
  readonly proxy?: string | undefined;
  /** Hosts asked without the proxy, in the form of `NO_PROXY`. */
  readonly noProxy?: string | undefined;
  /** Milliseconds that a server may stay silent; by default 30,000. */
  readonly requestTimeout?: number | undefined;
  /** How often a request is tried in all; by default 6. */
  readonly attempts?: number | undefined;
  /** Allow `http://` for hosts other than loopback. */
  readonly allowHttp?: boolean | undefined;
  /** Called with each line of the narrative: cleaned of control characters, without secrets. Nothing is printed anywhere. */
  readonly log?: ((line: LogLine) => void) | undefined;
}
/** A line of the narrative; `job` is a line of the log that `follow` follows. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'job';
  readonly text: string;
}
/** One GitLab, with its credentials and connections. */
export interface Client {
  readonly apiUrl: string;
  readonly project: string | undefined;
  /** Ends what is under way and all connections: nothing of the library keeps the process alive afterwards. */
  close(): Promise<void>;
}
/** Of every call. */
export interface CallOptions {
  /** Project: its id or full path; by default the client's. */
  readonly project?: string | number;
  /** Ends the call, which then rejects with the signal's reason. What has been sent is not undone. */
  readonly signal?: AbortSignal;
}
/**
 * Which jobs, of which pipeline. What is given adds up. An option that is there must hold something: an empty string, an empty list and `undefined`
 * are errors, because a gate that took them for "not given" would open for everything.
 */
export interface Selection extends CallOptions {
  /** Names of jobs, exactly as GitLab shows them, such as `test: [linux, 20]`. */
  readonly job?: string | readonly string[];
  /** Patterns for names, such as `test: [linux, *]`; with `!` in front, not these. */
  readonly jobMatch?: string | readonly string[];
  /** Ids of jobs. */
  readonly jobId?: number | readonly number[];
  /** Only jobs of these stages. */
  readonly stage?: string | readonly string[];
  /** The pipeline by its id. */
  readonly pipelineId?: number;
  /** The newest pipeline of this branch or tag; of several, the first that has the jobs. */
  readonly ref?: string | readonly string[];
  /** The newest pipeline of this commit. */
  readonly sha?: string;
  /** The newest pipeline of this merge request, by the number after `!`. */
  readonly mergeRequest?: number;
  /** Only pipelines of this source, such as `push`. */
  readonly pipelineSource?: string;
  /** Which pipeline of the ref, commit or merge request; by default `newest`. */
  readonly strategy?: 'newest' | 'latest-pipeline' | 'recent-successful' | 'latest-job' | 'any-status';
  /** Look in child and downstream pipelines too. */
  readonly family?: boolean;
  /** `ignore` leaves out trigger jobs that are not named; by default `include`. */
  readonly triggerJobs?: 'include' | 'ignore';
  /** A name, pattern or stage may fit no job. */
  readonly allowUnmatched?: boolean;
}
/** Which jobs to list. */
export interface FindOptions extends Selection {
  /** Only jobs of these statuses, such as `failed`. */
  readonly status?: string | readonly string[];
  /** Also attempts that have been retried. */
  readonly includeRetried?: boolean;
  /** Stop after this many jobs. */
  readonly limit?: number;
}
/** How to wait, and what counts as good. All times are milliseconds. */
export interface WaitRules {
  /** Until the job has `finished` (the default), a runner has `started` it, or it is a `success`. */
  readonly until?: 'finished' | 'started' | 'success';
  /** How many of several jobs must be good; by default `all`. */
  readonly mode?: 'all' | 'any' | number;
  /** Statuses that count as good; by default `success`. */
  readonly ok?: string | readonly string[];
  /** Count a failed job as failed even if it has `allow_failure`. */
  readonly strict?: boolean;
  /** What to do about a manual job; by default `fail`, and `ok-if-optional` for a whole pipeline. */
  readonly onManual?: 'fail' | 'wait' | 'play' | 'ok' | 'ok-if-optional';
  /** What a skipped job counts as; by default `fail`. */
  readonly onSkipped?: 'fail' | 'ok';
  /** How long a job may be absent before it counts as not found; by default 300,000. */
  readonly appearTimeout?: number;
  /** How long a bad end must stand before it is believed; by default 10,000. */
  readonly settle?: number;
  /** How long to wait; by default 3,600,000. */
  readonly timeout?: number;
  /** Pause between the first looks; by default 5,000, at least 1,000. */
  readonly interval?: number;
  /** Longest pause between looks; by default 30,000. */
  readonly maxInterval?: number;
  /** Makes the first look at a random moment within this time. */
  readonly spread?: number;
  /** How long GitLab may be out of reach; by default 600,000. */
  readonly outage?: number;
  /** Commit that the jobs must belong to. */
  readonly expectSha?: string;
  /** Give the log of the awaited job to the client's `log`; needs an access token. */
  readonly follow?: boolean;
  /** When aborted, cancel what this call has played or retried, or the pipeline that it has started. */
  readonly cancelOnAbort?: boolean;
  /** The same when the time to wait is over. */
  readonly cancelOnTimeout?: boolean;
}
/** What to wait for. */
export interface WaitOptions extends Selection, WaitRules {
  /** What a named job counts as that its finished pipeline left out, if other pipelines have it; by default `fail`. */
  readonly onMissing?: 'fail' | 'ok';
  /** Wait for the status of the pipeline itself too. */
  readonly pipeline?: boolean;
  /** Go on with a newer pipeline of the ref or merge request as soon as there is one. */
  readonly followNewest?: boolean;
}
/** Which artifacts, and where to. Everything arrives or nothing is changed. */
export interface FetchOptions extends Selection {
  /** Only jobs of these statuses. */
  readonly status?: string | readonly string[];
  /** Folder to unpack into, made if it is not there. Required, unless `archive` is given. */
  readonly path?: string;
  /** Write the chosen files into this one zip instead. */
  readonly archive?: string;
  /** Only files that match these patterns, such as `dist/**`; with `!` in front, not these. */
  readonly files?: string | readonly string[];
  /** Leading folders to take off each name. */
  readonly strip?: number;
  /** Unpack the archive (the default), or keep it as it is in `path`. */
  readonly unpack?: boolean;
  /** What to do with files that are there; `replace` empties the folder first; by default `merge`. */
  readonly overwrite?: 'merge' | 'replace' | 'fail' | 'skip';
  /** With `replace`: also a folder that is a Git repository. */
  readonly replaceRepository?: boolean;
  /** What to do if there are no such artifacts; by default `fail`. */
  readonly ifMissing?: 'fail' | 'warn' | 'ignore';
  /** One folder a job, or all in one tree; by default one folder a job where there are several. */
  readonly layout?: 'per-job' | 'merged' | 'auto';
  /** Which job to believe if two bring the same path; by default `refuse`. */
  readonly clashes?: 'refuse' | 'first' | 'last';
  /** Links in the archive: make those that stay inside (`safe`, the default), leave out, or refuse. */
  readonly symlinks?: 'safe' | 'skip' | 'error';
  /** Wait until the jobs have finished well first, at most `timeout`. */
  readonly wait?: boolean;
  /** Milliseconds; by default 3,600,000. */
  readonly timeout?: number;
  /** How many archives are fetched at once; by default 4. */
  readonly parallel?: number;
  /** Most bytes that the chosen files may unpack to; by default 10 GiB. */
  readonly maxBytes?: number;
  /** Most bytes that one file may unpack to; by default 8 GiB. */
  readonly maxFileBytes?: number;
  /** Most entries that an archive may have; by default 100,000. */
  readonly maxFiles?: number;
  /** Accept names that differ only in case or in how accents are composed. */
  readonly allowCollisions?: boolean;
}
/** Which manual job to start, exactly once. Selection as for the other calls; one job must fit. */
export interface PlayOptions extends Selection, WaitRules {
  /** Variables for the job. Values are never told. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Inputs for the job (GitLab 18.10). */
  readonly inputs?: Readonly<Record<string, JobInput>>;
  /** What to do if somebody has started it already; by default `ok`. */
  readonly ifStarted?: 'ok' | 'fail';
  /** Run the job once more if it has finished. */
  readonly rerun?: boolean;
  /** Wait until the job has finished, by the rules for waiting. */
  readonly wait?: boolean;
}
/** Which finished jobs to retry, exactly once each. */
export interface RetryOptions extends Selection, WaitRules {
  /** Only jobs of these statuses. */
  readonly status?: string | readonly string[];
  /** All jobs of the pipeline: where none are chosen, this must be said. */
  readonly all?: boolean;
  /** Only jobs that failed for one of these reasons, such as `runner_system_failure`. */
  readonly onlyFailureReason?: string | readonly string[];
  /** Until the jobs are good, each at most this many times; more than once implies `wait`. By default 1. */
  readonly times?: number;
  /** Inputs for the new attempts (GitLab 18.10). */
  readonly inputs?: Readonly<Record<string, JobInput>>;
  /** Wait until the new attempts have finished, by the rules for waiting. */
  readonly wait?: boolean;
}
/** Which pipeline to start, exactly once. The project must be named here, so that no pipeline starts itself. */
export interface TriggerOptions extends CallOptions, WaitRules {
  readonly project: string | number;
  /** Branch or tag to run the pipeline for. */
  readonly ref: string;
  /** Variables for the pipeline. Values are never told. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Inputs for the pipeline (GitLab 17.11). */
  readonly inputs?: Readonly<Record<string, JobInput>>;
  /** Wait until the jobs of the pipeline have finished, by the rules for waiting. */
  readonly wait?: boolean;
  /** Wait for the jobs of child and downstream pipelines too. */
  readonly family?: boolean;
  /** Wait for the status of the pipeline itself too. */
  readonly pipeline?: boolean;
}
/** What GitLab takes as an input. A string stays a string, whatever it looks like. */
export type JobInput = string | number | boolean | readonly JobInput[];
/** A job, or a trigger job, as GitLab last told it. */
export interface Job {
  readonly id: number;
  readonly name: string;
  /** The name, with the path of its pipeline in front when it lies in another one: `child/build`. */
  readonly label: string;
  readonly stage: string;
  /** Such as `running`, `success` or `failed`; GitLab may have others. */
  readonly status: string;
  readonly ref: string;
  readonly sha: string;
  readonly pipelineId: number;
  /** Its id; the path as it was given where GitLab tells no id, as before 13.10. */
  readonly projectId: number | string;
  readonly allowsFailure: boolean;
  /** In GitLab's words, such as `script_failure`. */
  readonly failureReason: string | undefined;
  /** How many attempts of it are known, this one included. */
  readonly attempts: number;
  /** Times as GitLab writes them. */
  readonly createdAt: string;
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
  /** Milliseconds that it ran. */
  readonly duration: number | undefined;
  /** Milliseconds that it was queued. */
  readonly queued: number | undefined;
  readonly webUrl: string;
  readonly isTriggerJob: boolean;
}
/** A wait that ended well. */
export interface WaitResult {
  /** The job that decided. */
  readonly job: Job | undefined;
  /** All awaited jobs. */
  readonly jobs: readonly Job[];
  /** Milliseconds. */
  readonly waited: number;
  /** How often it was looked. */
  readonly looks: number;
}
/** What has arrived. */
export interface FetchResult {
  /** False where `ifMissing` let it pass that there was nothing. */
  readonly isFound: boolean;
  /** The folder, or the zip. */
  readonly path: string | undefined;
  readonly archive: string | undefined;
  readonly files: number;
  readonly bytes: number;
  readonly archives: readonly FetchedArchive[];
}
/** The archive of one job. */
export interface FetchedArchive {
  readonly jobId: number;
  readonly jobName: string;
  /** Where its files are, below `path`. */
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** Of the archive, where it was read whole. */
  readonly sha256: string | undefined;
  readonly pipelineId: number | undefined;
  readonly ref: string | undefined;
  readonly sha: string | undefined;
}
/** A manual job that was started, and with `wait` has ended well. */
export interface PlayResult {
  readonly job: Job;
  /** False if somebody had started it already. */
  readonly isPlayedByUs: boolean;
  readonly previousStatus: string | undefined;
}
/** The newest attempts. */
export interface RetryResult {
  readonly jobs: readonly Job[];
  /** How many retries were made. */
  readonly retried: number;
}
/** The pipeline that was started, and with `wait` its jobs. */
export interface TriggerResult {
  readonly pipelineId: number;
  readonly sha: string;
  /** Its status when it was made; with `wait`, that of the job that decided. */
  readonly status: string;
  readonly webUrl: string | undefined;
  readonly jobs: readonly Job[];
}
/** What a call failed of: the same kinds as the commands' exit codes. */
export type FailureKind = 'jobFailed' | 'jobCanceled' | 'wrongState' | 'usage' | 'notFound' | 'unreachable' | 'cannotWrite' | 'deadline' | 'untrusted' | 'refused' | 'unexpected';
/** A failure: what was tried and what came back in the message, without secrets. An abort is none: it rejects with the signal's reason. */
export declare class JobsideError extends Error {
  readonly name = "JobsideError";
  readonly kind: FailureKind;
  /** Node's way to name it: `JOBSIDE_JOB_FAILED`. */
  readonly code: string;
  /** What a command would exit with: 20 for a failed job. */
  readonly exitCode: number;
  /** What can be done about it. */
  readonly hint: string | undefined;
  /** HTTP status behind it, where there was one. */
  readonly status: number | undefined;
  /** Of a wait: all awaited jobs. */
  readonly jobs: readonly Job[];
  /** Of a wait: each job that failed, with the end of its log where a token may read it. */
  readonly failures: readonly {
    readonly job: Job;
    readonly log: readonly string[];
  }[];
  constructor(kind: FailureKind, message: string, details?: Partial<Pick<JobsideError, 'hint' | 'status' | 'jobs' | 'failures'>>);
}
/** Makes a client for one GitLab. Asks nothing yet; rejects with `usage` and all that is wrong with the options. */
export declare function createClient(options: ClientOptions): Promise<Client>;
/** Lists jobs, the newest attempt of each, newest first. */
export declare function findJobs(client: Client, options: FindOptions): Promise<readonly Job[]>;
/** Waits until the jobs are done; rejects unless they are good, with the jobs and what failed. */
export declare function waitForJobs(client: Client, options: WaitOptions): Promise<WaitResult>;
/** Fetches and unpacks the artifacts of one or many jobs. Either everything arrives or nothing is changed. */
export declare function fetchArtifacts(client: Client, options: FetchOptions): Promise<FetchResult>;
/** Starts a manual job exactly once, and with `wait` waits until it has ended well. */
export declare function playJob(client: Client, options: PlayOptions): Promise<PlayResult>;
/** Retries finished jobs exactly once each, and with `wait` waits until the new attempts have ended well. */
export declare function retryJobs(client: Client, options: RetryOptions): Promise<RetryResult>;
/** Starts a pipeline exactly once, and with `wait` waits until its jobs have ended well. */
export declare function triggerPipeline(client: Client, options: TriggerOptions): Promise<TriggerResult>;
