// A client that stays logged in: the one of clients/js comes back by itself once it was in, and this sees to the first time, when
// the relay may not be there yet, and to the words after which there is no coming back.
import {Client, type Account, type ClientOptions, type NewAccount} from '../mnm-client/index.js';

/** replaced: the same device is in use in another window. refused: the relay doesn't know it (any more). */
export type Standing = 'connecting' | 'online' | 'offline' | 'replaced' | 'refused';

export interface ConnectionOptions extends Pick<ClientOptions, 'connect' | 'onMessage' | 'onPresence'> {
  onStanding(standing: Standing): void;
  after(ms: number, act: () => void): () => void;
  random(): number;
}

// A body of a gibibyte is what a relay takes by default; it has to be taken, or the link would end on it each time.
const dataBytesMax = 2 ** 30;
const tryAgain_ms = 2_000;
const forGood: Record<string, Standing> = {
  'login failed': 'refused',
  'corrupt base32 value': 'refused',
  'replaced by a new login': 'replaced',
};

export class Connection {
  client: Client | undefined;
  standing: Standing = 'offline';
  private account: Account | undefined;
  private cancel: (() => void) | undefined;

  constructor(private readonly options: ConnectionOptions) {}

  async register(device: string, alias: string | undefined): Promise<NewAccount> {
    const account = await this.fresh().register(device, alias);
    this.account = account;
    return account;
  }
  /** Once, for an account that was never in use here. */
  async enter(account: Account): Promise<void> {
    await this.fresh().login(account);
    this.account = account;
  }
  /** Until it succeeds, or the relay says no. */
  keep(account: Account): void {
    this.account = account;
    this.cancel?.();
    const client = this.fresh();
    client.login(account).catch(() => undefined); // `ended` says it, too
  }
  hurry(): void {
    if (this.standing !== 'offline' || this.account === undefined) return;
    if (this.cancel !== undefined) this.keep(this.account);
    else this.client?.hurry();
  }
  end(): void {
    this.cancel?.();
    this.account = undefined;
    this.client?.quit();
  }

  private fresh(): Client {
    this.cancel = undefined;
    const client = new Client({
      connect: this.options.connect,
      ...(this.options.onMessage ? {onMessage: this.options.onMessage} : {}),
      ...(this.options.onPresence ? {onPresence: this.options.onPresence} : {}),
      dataBytesMax,
      surroundings: {after: this.options.after, random: this.options.random},
      onState: (state, reason) => {
        if (client !== this.client) return;
        if (state === 'ended') this.ended(reason);
        else if (state !== 'new') this.become(state);
      },
    });
    this.client = client;
    return client;
  }

  private ended(reason: string): void {
    this.become(forGood[reason] ?? 'offline');
    const {account} = this;
    if (this.standing !== 'offline' || account === undefined) return;
    this.cancel = this.options.after(tryAgain_ms, () => this.keep(account));
  }
  private become(standing: Standing): void {
    this.standing = standing;
    this.options.onStanding(standing);
  }
}
