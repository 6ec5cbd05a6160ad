// A nats-server as a child process: ready before it is used, started again when it dies, gone when this process is gone.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BusError } from '../bus-error.ts';

export type NatsLogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface SuperviseOptions {
  readonly binary: string;
  readonly configFile: string;
  /** 10 s unless told */
  readonly readyTimeoutMs?: number;
  readonly onLog?: (level: NatsLogLevel, line: string) => void;
}

export interface SupervisedNatsServer {
  /** `nats://host:port` on which clients reach it, of the first start: ports stay with the configuration, so it has none that are chosen at start */
  readonly url: string;
  /** of the process that runs now */
  readonly pid: number;
  /** it reads configuration and certificates again; open links stay up */
  reload(): void;
  stop(): Promise<void>;
}

const firstBackoffMs = 100;
const longestBackoffMs = 5_000;
/** A server that ran this long has earned a quick restart. */
const settledMs = 10_000;
const stopTimeoutMs = 10_000;
const maxLogLine = 2_000;

/** Resolves when the server accepts clients. Throws BusError NATS_SERVER_FAILED with its last words when it ends before, or is not ready in time. */
export async function superviseNatsServer(options: SuperviseOptions): Promise<SupervisedNatsServer> {
  let stopping = false;
  let backoffMs = firstBackoffMs;
  let timer: NodeJS.Timeout | undefined;
  let running = launch(options);

  const restart = () => {
    running = launch(options);
    watch(running, Date.now());
    running.ready.catch((error: BusError) => options.onLog?.('error', error.message));
  };
  const watch = (server: Launched, startedMs: number) => {
    void server.ended.then(() => {
      if (stopping) return;
      if (Date.now() - startedMs > settledMs) backoffMs = firstBackoffMs;
      options.onLog?.('error', `nats-server (pid ${server.process.pid}) ended; it is started again in ${backoffMs} ms`);
      timer = setTimeout(restart, backoffMs);
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
    });
  };

  const startedMs = Date.now();
  const url = await running.ready;
  watch(running, startedMs);

  return {
    url,
    get pid() {
      return running.process.pid ?? -1;
    },
    reload() {
      running.process.kill('SIGHUP');
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await end(running);
    },
  };
}

interface Launched {
  readonly process: ChildProcess;
  /** the client URL */
  readonly ready: Promise<string>;
  readonly ended: Promise<void>;
}

function launch({ binary, configFile, readyTimeoutMs = 10_000, onLog }: SuperviseOptions): Launched {
  // in a process group of its own: Ctrl-C is for us, and what runs on this server stops before it does
  const child = spawn(binary, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const watchdog = child.pid === undefined ? undefined : endWithThisProcess(child.pid);
  const lastLines: string[] = [];

  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  }).then(() => {
    watchdog?.kill('SIGKILL');
  });

  const ready = new Promise<string>((resolve, reject) => {
    const fail = (what: string, cause?: unknown) => {
      const words = lastLines.length === 0 ? '' : `: ${lastLines.join(' | ')}`;
      reject(new BusError('NATS_SERVER_FAILED', `nats-server with ${configFile} ${what}${words}`, { cause }));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready within ${readyTimeoutMs} ms`);
    }, readyTimeoutMs);
    child.once('error', (error) => fail(`cannot be started from ${binary} (${error.message})`, error));
    void ended.then(() => {
      clearTimeout(timer);
      fail('ended before it was ready');
    });

    let url = '';
    createInterface({ input: child.stderr as NonNullable<typeof child.stderr> }).on('line', (line) => {
      const { level, text } = readLogLine(line.slice(0, maxLogLine));
      if (level === 'error' || level === 'warn') {
        lastLines.push(text);
        if (lastLines.length > 3) lastLines.shift();
      }
      onLog?.(level, text);
      url = /^Listening for client connections on (\S+)$/.exec(text)?.[1] ?? url;
      if (text === 'Server is ready') {
        clearTimeout(timer);
        resolve(`nats://${url}`);
      }
    });
  });
  return { process: child, ready, ended };
}

async function end({ process: child, ended }: Launched): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}

/**
 * A shell that waits for our end of its pipe to close, which happens however this process ends, SIGKILL included; nats-server itself cannot be
 * told to follow its parent.
 */
function endWithThisProcess(pid: number): ChildProcess {
  const script = `cat >/dev/null; kill -TERM ${pid}`;
  const watchdog = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watchdog.once('error', () => {});
  watchdog.unref();
  return watchdog;
}

/** `[pid] 2026/11/24 15:43:13.123456 [INF] text`; a fatal start error has no such head. */
function readLogLine(line: string): { level: NatsLogLevel; text: string } {
  const [, tag = '', text = ''] = /^\[\d+\] \S+ \S+ \[([A-Z]{3})\] (.*)$/.exec(line) ?? [];
  if (tag === '') return { level: 'error', text: line };
  if (tag === 'INF') return { level: 'info', text };
  if (tag === 'WRN') return { level: 'warn', text };
  return tag === 'ERR' || tag === 'FTL' ? { level: 'error', text } : { level: 'debug', text };
}
