package push

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The header fields of resumable uploads.
const (
	headComplete = "Upload-Complete"
	headOffset   = "Upload-Offset"
	headLength   = "Upload-Length"
	headLimit    = "Upload-Limit"
	partialMedia = "application/partial-upload"
)

// statusResumption is 104 (Upload Resumption Supported): where to go on if the connection breaks.
const statusResumption = 104

// The problem types of the draft, section 6.
const (
	typeOffset   = "https://iana.org/assignments/http-problem-types#mismatching-upload-offset"
	typeComplete = "https://iana.org/assignments/http-problem-types#completed-upload"
	typeLength   = "https://iana.org/assignments/http-problem-types#inconsistent-upload-length"
)

// whole reads Upload-Complete, a boolean of RFC 9651: ?1 or ?0.
func whole(h http.Header) (complete, said bool, err error) {
	values := h.Values(headComplete)
	if len(values) == 0 {
		return false, false, nil
	}
	switch strings.Trim(values[0], " ") {
	case "?1":
		complete = true
	case "?0":
	default:
		err = badField(headComplete, "?1 or ?0")
	}
	if len(values) > 1 {
		err = badField(headComplete, "one value")
	}
	return complete, true, err
}

// number reads a field that is a whole number of RFC 9651, at most 15 digits, not negative; -1 if it is not there.
func number(h http.Header, field string) (int64, error) {
	values := h.Values(field)
	if len(values) == 0 {
		return -1, nil
	}
	text := strings.Trim(values[0], " ")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || len(values) > 1 || len(text) > 15 || text[0] < '0' || text[0] > '9' {
		return -1, badField(field, "one whole number")
	}
	return n, nil
}

func badField(field, want string) *fault {
	return &fault{Status: http.StatusBadRequest, Detail: fmt.Sprintf("%s must be %s", field, want)}
}

// plan is what a request says about a resumable push.
type plan struct {
	complete bool  // this request brings the end
	offset   int64 // -1: not said
	length   int64 // of the whole; -1: not said
}

// planOf reads what a request says.
func planOf(r *http.Request) (p plan, err error) {
	var said bool
	if p.complete, said, err = whole(r.Header); err != nil {
		return p, err
	}
	if !said {
		return p, badField(headComplete, "?1 or ?0")
	}
	if p.offset, err = number(r.Header, headOffset); err != nil {
		return p, err
	}
	if p.length, err = number(r.Header, headLength); err != nil {
		return p, err
	}
	begins := max(p.offset, 0)
	if p.complete && r.ContentLength >= 0 {
		if p.length >= 0 && p.length != begins+r.ContentLength {
			return p, inconsistent()
		}
		p.length = begins + r.ContentLength
	}
	return p, nil
}

func inconsistent() *fault {
	return &fault{Type: typeLength, Status: http.StatusBadRequest, Detail: "the length of the whole input is not what was said before, or is not what came"}
}

// state writes how far a push has come. Only what is durable is told.
func (d *Door) state(h http.Header, u upload) {
	h.Set(headOffset, strconv.FormatInt(u.Got, 10))
	h.Set(headComplete, "?0")
	if u.done() {
		h.Set(headComplete, "?1")
	}
	if u.Length >= 0 {
		h.Set(headLength, strconv.FormatInt(u.Length, 10))
	}
	h.Set(headLimit, d.limit(u))
	h.Set("Cache-Control", "no-store")
}

func (d *Door) limit(u upload) string {
	age := max(int64(u.Expires.Sub(d.Clock.Now())/time.Second), 0)
	return fmt.Sprintf("max-size=%d, max-age=%d", d.Config.MaxSize, age)
}
