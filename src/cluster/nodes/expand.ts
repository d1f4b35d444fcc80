/** `$(NAME)` in commands, arguments and values (kubernetes `third_party/forked/golang/expansion`). Pure. */

/** Replaces references to what `values` has; others stay as they are, and `$$` stands for `$`. */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole: string, name: string | undefined) =>
    name === undefined ? '$' : (values.get(name) ?? whole),
  );
}
