export {Client, type Account, type ClientOptions, type NewAccount, type Posted, type PostOptions, type State, type Surroundings, type Target} from './client.js';
export {encodeFrame, FrameReader, ProtocolError, type Frame, type Header} from './frame.js';
export {webSocket, type Connect, type Link, type LinkEvents, type WebSocketLike} from './link.js';
export * from './message.js';
export {RequestError} from './pending.js';
