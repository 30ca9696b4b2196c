import UPlot from 'uplot';
import type { Point } from '../history';
import { timeFormat } from './figures';

const HEIGHT = 240;

/** A line over time, in the colors of the page. */
export class Chart {
  readonly #place: HTMLElement;
  readonly #resizes: ResizeObserver;
  #plot: UPlot | undefined;
  #locale = '';

  constructor(place: HTMLElement) {
    this.#place = place;
    this.#resizes = new ResizeObserver(() =>
      this.#plot?.setSize({ width: place.clientWidth, height: HEIGHT }),
    );
    this.#resizes.observe(place);
  }

  show(points: readonly Point[], series: 'value' | 'profit', locale: string): void {
    const column = series === 'value' ? 1 : 2;
    const data: UPlot.AlignedData = [
      points.map(([time]) => time / 1000),
      points.map((point) => (Number.isFinite(point[column]) ? point[column] : null)),
    ];
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
      scales: { y: { range: (_, least, most) => padded(least, most) } },
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
          size: 76,
          space: 44,
          grid: { stroke: color('--chart-grid'), width: 1 },
          values: (_, at) => at.map((each) => number.format(each)),
        },
      ],
      series: [
        {},
        {
          stroke: color('--chart-line'),
          fill: color('--chart-fill'),
          width: 1.75,
          points: { show: false },
          spanGaps: false,
        },
      ],
    };
  }
}

/** Some room above and below, and a height even where nothing has moved. */
function padded(least: number | null, most: number | null): [number, number] {
  if (least === null || most === null) return [0, 1];
  const room = Math.max((most - least) * 0.12, Math.abs(most) * 0.00002, 0.01);
  return [least - room, most + room];
}
