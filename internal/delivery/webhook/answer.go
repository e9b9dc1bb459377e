package webhook

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/platform/httpx"
)

const (
	maxWords = 200            // characters of an answer that are kept
	maxWait  = 12 * time.Hour // what a receiver may ask us to wait
)

// judge says what an answer means. The specification ("Delivery and retries"): 2xx is success, 410 asks not to be called again, and everything
// else is tried again; a receiver that is being mended answers 404 or 403 too, so these end only when the time for trying is over.
func judge(res httpx.Response, now time.Time) delivery.Result {
	r := delivery.Result{Outcome: delivery.Deferred, Code: res.Status, Detail: said(res)}
	switch {
	case res.Status >= 200 && res.Status < 300:
		r.Outcome = delivery.Accepted
	case res.Status == http.StatusGone:
		r.Outcome, r.Recipient = delivery.Refused, true
	case res.Status >= 300 && res.Status < 400:
		r.Detail += " (it redirects, which is not followed: put the new address into the register)"
	case res.Status == http.StatusTooManyRequests || res.Status == http.StatusServiceUnavailable:
		r.RetryAfter = wait(res.Header.Get("Retry-After"), now)
	}
	return r
}

// failed says what the failure of an exchange means: what our own rules forbid stays forbidden, the rest may be different later.
func failed(err error) delivery.Result {
	r := delivery.Result{Outcome: delivery.Deferred, Detail: words(err.Error())}
	if k := problem.KindOf(err); k == problem.Forbidden || k == problem.Invalid {
		r.Outcome, r.Recipient = delivery.Refused, true
	}
	return r
}

// wait reads Retry-After (RFC 9110 §10.2.3), seconds or a date, within reason.
func wait(text string, now time.Time) time.Duration {
	var d time.Duration
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32); err == nil {
		d = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), maxWait)
}

// said is the status and the first words of an answer, on one line.
func said(res httpx.Response) string {
	line := strings.TrimSpace(fmt.Sprintf("%d %s", res.Status, http.StatusText(res.Status)))
	if w := words(string(res.Body)); w != "" {
		line += ": " + w
	}
	return line
}

// words makes one short line, fit to be shown, of what somebody else wrote.
func words(text string) string {
	return render.Clean(strings.Join(strings.Fields(text), " "), maxWords)
}
