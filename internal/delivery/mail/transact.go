package mail

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/delivery"
)

// transact sends one message over the connection. stale: the connection was found dead before the message began, so another may be tried.
// A connection that is in any doubt is dropped: closing it is what makes a server forget a message that has not ended.
func (r *relay) transact(ctx context.Context, c *conn, m delivery.Item) (res delivery.Result, stale bool) {
	if res := unfit(c, m); res != nil {
		return *res, false
	}
	c.fresh = false
	release := context.AfterFunc(ctx, func() { _ = c.net.Close() })
	defer release()
	if res, stale := r.envelope(c, m); res != nil {
		return r.before(ctx, res), stale
	}
	if err := c.body(m.Bytes); err != nil {
		r.drop()
		return r.before(ctx, broken(err, "the message")), false
	}
	if !release() { // too late to stop once the dot is written, so this is the moment
		r.drop()
		return *stopped(), false
	}
	return r.finish(ctx, c), false
}

// before is a result before the final dot: where the sending was stopped, that is why.
func (r *relay) before(ctx context.Context, res *delivery.Result) delivery.Result {
	if ctx.Err() != nil {
		r.drop()
		return *stopped()
	}
	return *res
}

// unfit tells what need not be tried.
func unfit(c *conn, m delivery.Item) *delivery.Result {
	refused := func(status, format string, args ...any) *delivery.Result {
		return &delivery.Result{Outcome: delivery.Refused, Status: status, Detail: fmt.Sprintf(format, args...)}
	}
	if _, _, err := parseAddress(m.Address); err != nil {
		return refused("5.1.3", "%s", oneLine(err.Error(), 300))
	}
	if strings.ContainsAny(m.ReturnPath, " \t\r\n\x00<>") || !isASCII(m.ReturnPath) {
		return refused("5.1.7", "the return path is damaged")
	}
	if most := c.maxSize(); most > 0 && len(m.Bytes) > most {
		return refused("5.3.4", "the message is %d bytes, the relay takes %d at most: make the parts smaller (notify.part_size)", len(m.Bytes), most)
	}
	if !isASCII(m.Address) && !c.offers("SMTPUTF8") {
		return refused("5.6.7", "the address has letters beyond ASCII and the relay does not take such (SMTPUTF8): ask the contact for another address")
	}
	return nil
}

// envelope says from whom and to whom, and asks to begin.
func (r *relay) envelope(c *conn, m delivery.Item) (res *delivery.Result, stale bool) {
	steps := []struct {
		line string
		want int
		say  func(reply) *delivery.Result
	}{
		{mailFrom(c, m), 2, r.senderRefused},
		{rcptTo(c, m), 2, r.recipientRefused},
		{"DATA", 3, dataRefused},
	}
	for _, s := range steps {
		answer, err := c.command(s.line)
		switch {
		case err != nil:
			r.drop()
			return broken(err, s.line[:4]), true
		case answer.code == 421: // RFC 5321 §3.8: the server is closing down
			r.drop()
			return r.down(answer, nil, s.line[:4]), true
		case answer.phase() != s.want:
			return s.say(answer), false
		}
	}
	return nil, false
}

func mailFrom(c *conn, m delivery.Item) string {
	line := "MAIL FROM:<" + m.ReturnPath + ">"
	if c.offers("SIZE") {
		line += fmt.Sprintf(" SIZE=%d", len(m.Bytes))
	}
	if !isASCII(m.Address) {
		line += " SMTPUTF8"
		if c.offers("8BITMIME") {
			line += " BODY=8BITMIME"
		}
	}
	if c.offers("DSN") { // RFC 3461: the header is enough to know the message by
		line += " RET=HDRS ENVID=" + xtext(m.ID)
	}
	return line
}

func rcptTo(c *conn, m delivery.Item) string {
	line := "RCPT TO:<" + m.Address + ">"
	if c.offers("DSN") {
		line += " NOTIFY=FAILURE,DELAY"
	}
	return line
}

// xtext writes what is no plain ASCII as +XX (RFC 3461 §4).
func xtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c > ' ' && c <= '~' && c != '+' && c != '=' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "+%02X", c)
		}
	}
	return b.String()
}

// senderRefused is an answer to MAIL FROM. The recipient was not named yet, so "never" is said of us or of the relay's settings, and no
// contact may suffer for it; only the size and the address's alphabet are of the message.
func (r *relay) senderRefused(answer reply) *delivery.Result {
	switch {
	case answer.phase() == 4:
		return result(delivery.Deferred, answer)
	case answer.status == "5.3.4" || answer.status == "5.6.7" || answer.code == 552:
		return result(delivery.Refused, answer)
	}
	return r.down(answer, nil, "sender (check that the relay lets this machine send, and as mail.from)")
}

// recipientRefused is an answer to RCPT TO.
func (r *relay) recipientRefused(answer reply) *delivery.Result {
	switch {
	case answer.phase() == 4:
		return result(delivery.Deferred, answer)
	case answer.phase() != 5: // 354, perhaps: whatever it means, it does not mean never
		r.drop()
		return result(delivery.Deferred, answer)
	case isOurs(answer):
		return r.down(answer, nil, "recipient (the relay does not pass on mail for this machine: set mail.user, or allow it there)")
	}
	res := result(delivery.Refused, answer)
	res.Recipient = isAddress(answer)
	return res
}

// isAddress tells whether a refusal at RCPT TO says that the mailbox is not there or no longer used (RFC 3463 §3.2, §3.3), and not that
// somebody's policy stands in the way. An old server says that with the code alone.
func isAddress(answer reply) bool {
	if answer.status == "" || answer.status == "5.0.0" {
		return answer.code == 550 || answer.code == 551 || answer.code == 553
	}
	return strings.HasPrefix(answer.status, "5.1.") || answer.status == "5.2.1" || answer.status == "5.2.0"
}

// isOurs tells whether a refusal at RCPT TO is about our right to use the relay: were it taken for the contact's, one wrong setting would
// mark every contact as dead.
func isOurs(answer reply) bool {
	if answer.code == 530 || answer.code == 535 || answer.code == 538 {
		return true
	}
	text := strings.ToLower(answer.text)
	for _, phrase := range []string{"relay access denied", "relaying denied", "relay not permitted", "relaying not", "unable to relay", "not permitted to relay", "relay denied", "authentication required"} {
		if strings.Contains(text, phrase) {
			return true
		}
	}
	return false
}

func dataRefused(answer reply) *delivery.Result {
	if answer.phase() == 5 {
		return result(delivery.Refused, answer)
	}
	return result(delivery.Deferred, answer)
}

// finish writes the dot and waits for the answer. What is not an answer leaves the delivery in doubt.
func (r *relay) finish(ctx context.Context, c *conn) delivery.Result {
	err := c.dot()
	var answer reply
	if err == nil {
		release := context.AfterFunc(ctx, func() { _ = c.net.SetReadDeadline(time.Now().Add(grace)) })
		answer, err = c.readUntilDeadline()
		release()
	}
	if err != nil {
		r.drop()
		return delivery.Result{
			Outcome: delivery.Doubtful, Status: "4.4.2",
			Detail: oneLine("cut off after the end of the message: "+err.Error(), 500),
		}
	}
	c.used = time.Now()
	switch answer.phase() {
	case 2:
		return *result(delivery.Accepted, answer)
	case 4:
		if answer.code == 421 {
			r.drop()
		}
		return *result(delivery.Deferred, answer)
	case 5:
		return *result(delivery.Refused, answer)
	}
	r.drop()
	return *result(delivery.Doubtful, answer)
}

// result is an outcome in the server's own words.
func result(o delivery.Outcome, answer reply) *delivery.Result {
	return &delivery.Result{Outcome: o, Code: answer.code, Status: answer.status, Detail: answer.String()}
}

// broken is a connection that ended before the final dot: nothing was handed over.
func broken(err error, at string) *delivery.Result {
	return &delivery.Result{
		Outcome: delivery.Deferred, Status: "4.4.2",
		Detail: oneLine(fmt.Sprintf("the connection to the relay broke off before the end of the message (%s): %v", at, err), 500),
	}
}
