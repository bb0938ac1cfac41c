/** After so long a stream that was refused is tried again. */
const AGAIN_MS = 30_000;

/** Hear a stream of events until told to stop. The browser reconnects by itself, except after a refusal. */
export function listen(
  address: string,
  tellOpen: (open: boolean) => void,
  hear: (said: unknown) => void,
): () => void {
  let stream: EventSource;
  let later = 0;
  const connect = (): void => {
    stream = new EventSource(address);
    stream.onopen = () => tellOpen(true);
    stream.onmessage = (event: MessageEvent<string>) => hear(JSON.parse(event.data));
    stream.onerror = () => {
      tellOpen(false);
      if (stream.readyState === EventSource.CLOSED) later = window.setTimeout(connect, AGAIN_MS);
    };
  };
  connect();
  return () => {
    window.clearTimeout(later);
    stream.close();
    tellOpen(false);
  };
}
