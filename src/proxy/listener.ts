/** Something that listens at one address. */
export interface Listener {
  /** Takes nobody in any more. Connections that there are end by themselves; resolves, where there are any, when they have. */
  close(): void | Promise<void>;
}
