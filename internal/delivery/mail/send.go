package mail

import (
	"context"

	"github.com/firehall/firehall/internal/delivery"
)

// Send makes one attempt: it hands the bytes to the relay, or puts them into the maildir.
//
//   - Accepted: the relay has taken the message on, or the file is durable.
//   - Deferred: "not now" (4xx), or the connection ended before the final dot.
//   - Refused: "never" (5xx) of this message or, with Recipient, of its address; or it is nothing that this relay takes.
//   - Down: connecting, TLS, greeting or log-in failed, the relay takes nothing from us, or the maildir cannot be written.
//   - Doubtful: the final dot was written, at least in part, and no answer came.
//   - Stopped: ctx ended before the dot. The connection is dropped, so the relay forgets what it had of the message.
func (c *Channel) Send(ctx context.Context, m delivery.Item) delivery.Result {
	switch {
	case ctx.Err() != nil:
		return *stopped()
	case c.maildir != nil:
		return c.maildir.put(ctx, m)
	case c.relay != nil:
		return c.relay.send(ctx, m)
	}
	return delivery.Result{Outcome: delivery.Down, Detail: "there is no way out for mail: set mail.relay, or mail.maildir for trying out"}
}

// Close ends the connection to the relay.
func (c *Channel) Close() error {
	if c.relay != nil {
		c.relay.hangUp()
	}
	return nil
}
