const two = (value: number): string => String(value).padStart(2, '0');

/** `2025/12/01 11:45:09`, as Go programs begin their lines. */
export function timestamp(now = new Date()): string {
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('/');
  return `${date} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `01/Dec/2025:11:45:09 +0000`, as web servers write it in access logs. */
export function accessTime(now = new Date()): string {
  const date = [two(now.getUTCDate()), MONTHS[now.getUTCMonth()], now.getUTCFullYear()].join('/');
  return `${date}:${[now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds()].map(two).join(':')} +0000`;
}

/** One line to standard output, as it is. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line to standard output, with the time. */
export function log(line: string): void {
  print(`${timestamp()} ${line}`);
}
