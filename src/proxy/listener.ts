/** Something that listens at one address. */
export interface Listener {
  /** Takes nobody in any more. Connections that there are end by themselves. */
  close(): void;
}
