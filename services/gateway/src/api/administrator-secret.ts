import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Compares with the secret in a file, which is read each time, so that it can be changed or removed while the hub runs. */
export function administratorSecret(file: string | undefined): (attempt: string) => boolean {
  return (attempt) => {
    if (file === undefined) return false;
    let secret: string;
    try {
      secret = readFileSync(file, 'utf8').trim();
    } catch {
      return false;
    }
    return secret.length >= 16 && timingSafeEqual(digest(secret), digest(attempt));
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
