import UPlot from 'uplot';
import type { Curve } from './curve';
import { timeFormat } from './figures';

const HEIGHT = 240;

/** A line over time, in the colors of the page. */
export class Chart {
  readonly #place: HTMLElement;
  readonly #resizes: ResizeObserver;
  #plot: UPlot | undefined;
  #locale = '';
  #curve: Curve | undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
    this.#resizes = new ResizeObserver(() =>
      this.#plot?.setSize({ width: place.clientWidth, height: HEIGHT }),
    );
    this.#resizes.observe(place);
  }

  show(curve: Curve, locale: string): void {
    this.#curve = curve;
    const data: UPlot.AlignedData = [[...curve.times], [...curve.values]];
    if (!this.#plot || locale !== this.#locale) {
      this.#plot?.destroy();
      this.#locale = locale;
      this.#plot = new UPlot(this.#options(locale), data, this.#place);
    } else this.#plot.setData(data);
  }

  destroy(): void {
    this.#resizes.disconnect();
    this.#plot?.destroy();
  }

  #options(locale: string): UPlot.Options {
    // Asked at each drawing, so that it follows the page from light to dark.
    const color = (name: string) => () => getComputedStyle(this.#place).getPropertyValue(name).trim();
    const time = timeFormat(locale);
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
    const font = '12px system-ui, sans-serif';
    const axis = { stroke: color('--chart-text'), font, ticks: { show: false } };
    return {
      width: this.#place.clientWidth,
      height: HEIGHT,
      padding: [8, 30, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: () => [...this.#curve!.range] } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28,
          space: 90,
          values: (_, at) => at.map((each) => time.format(each * 1000)),
        },
        {
          ...axis,
          // As wide as the longest number.
          size: (_, texts) => Math.max(76, ...(texts ?? []).map(({ length }) => length * 7 + 24)),
          space: 44,
          grid: { stroke: color('--chart-grid'), width: 1 },
          // Without a line the numbers of an axis mean nothing.
          values: (_, at) => at.map((each) => (this.#curve!.ends ? number.format(each) : '')),
        },
      ],
      // No area below it: that would show a half per cent as a fall to nothing, where the axis does not start at 0.
      series: [{}, { stroke: color('--chart-line'), width: 1.75, points: { show: false }, spanGaps: false }],
    };
  }
}
