import { useEffect, useState } from "react";
import { Problem } from "@/api/problem";

/**
 * Whole seconds until a refused call may be repeated, counted down by the clock; 0 when it may be repeated now.
 * It starts when the refusal arrives, so pass the error itself.
 */
export function useSecondsLeft(error: unknown): number {
  const wait = error instanceof Problem && error.status === 429 ? (error.retryAfter ?? 0) : 0;
  const [left, setLeft] = useState({ error, seconds: wait });
  if (left.error !== error) setLeft({ error, seconds: wait });
  useEffect(() => {
    if (wait === 0) return;
    const end = Date.now() + wait * 1000;
    const timer = setInterval(() => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft({ error, seconds });
      if (seconds === 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [error, wait]);
  return left.error === error ? left.seconds : wait;
}
