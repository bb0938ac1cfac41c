import type { Options } from "@/ui/options/options";

/** Clients that were given on another page, to be written to as a batch: it lies in the entry of the browser's history. */
export interface HandedBatch {
  options: Options;
  /** Of the file. */
  name: string;
  /** Its text, comma-separated. */
  table: string;
}

declare module "@tanstack/react-router" {
  interface HistoryState {
    batch?: HandedBatch;
  }
}
