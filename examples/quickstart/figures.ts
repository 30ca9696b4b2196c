import type { Decimal } from 'tickmark';

/** An amount with all its digits, in groups of three. */
export function money(amount: Decimal | string): string {
  const [whole, fraction] = amount.toString().split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** The same, with a sign on gains too. */
export function gain(amount: Decimal): string {
  return amount.sign > 0 ? `+${money(amount)}` : money(amount);
}

export function percent(value: Decimal | null): string {
  return value ? `${gain(value.rounded(2))} %` : '—';
}

/** A share from 0 to 1, in percent. */
export function share(value: Decimal | null): string {
  // Truncated, not rounded: only the whole is shown as 100 %.
  return value ? `${Math.floor(value.toNumber() * 100)} %` : '—';
}

/** A duration, in a fitting unit. */
export function age(ms: number | null): string {
  if (ms === null) return '—';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${Math.floor(ms / 60_000)} min` : `${Math.floor(ms / 3_600_000)} h`;
}

export function count(value: number): string {
  return money(String(Math.round(value)));
}

export function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0);
}
