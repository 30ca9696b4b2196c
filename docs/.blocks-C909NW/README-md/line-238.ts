import { BasePriceStreamAdapter, type PriceStreamLink } from 'tickmark';

class MyStream extends BasePriceStreamAdapter {
  #timer?: NodeJS.Timeout;

  protected async openLink(link: PriceStreamLink) {
    this.#timer = setInterval(() => {
      for (const symbol of this.getSubscribedSymbols()) {
        link.deliver({ symbol, price: '101.25', timestamp: Date.now() });
      }
    }, 50);
  }
  protected closeLink() {
    clearInterval(this.#timer);
  }
  protected addSymbols() {}
  protected removeSymbols() {}
}

await using stream = new MyStream();
await stream.connect();
await stream.subscribe(['SAP']);
for await (const message of stream) {
  console.log(message);
  break;
}
