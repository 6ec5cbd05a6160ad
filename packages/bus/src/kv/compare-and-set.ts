import { JetStreamApiError } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import { BusError } from '../bus-error.ts';

/** Stores JSON under a key that has no value. Gives its revision. Throws BusError EXISTS. */
export function createEntry(bucket: KV, key: string, value: unknown): Promise<number> {
  return conflictAs('EXISTS', `There is a ${key} already`, bucket.create(key, JSON.stringify(value)));
}

/** Stores JSON if the key is still at this revision. Gives the new revision. Throws BusError CONFLICT. */
export function updateEntry(bucket: KV, key: string, value: unknown, revision: number): Promise<number> {
  const what = `${key} was changed by someone else since revision ${revision}; read it again`;
  return conflictAs('CONFLICT', what, bucket.update(key, JSON.stringify(value), revision));
}

/** "wrong last sequence", and the same where the server does not say which it has. */
const wrongLastSequence = [10071, 10164];

async function conflictAs<T>(code: 'EXISTS' | 'CONFLICT', message: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (cause) {
    if (cause instanceof JetStreamApiError && wrongLastSequence.includes(cause.code)) {
      throw new BusError(code, message, { cause });
    }
    throw cause;
  }
}
