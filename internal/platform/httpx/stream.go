package httpx

import (
	"io"
	"net/http"
	"net/url"

	"github.com/firehall/firehall/internal/core/problem"
)

// Stream is an answer whose body is read as it comes.
type Stream struct {
	Status int
	Header http.Header
	Size   int64 // of the body; -1 if it is not said
	URL    string
	Body   io.ReadCloser // to be closed; a read beyond MaxBytes is a problem.Invalid
}

// Open sends a request and gives the answer with its body still to come. A status is no error. The client's Timeout holds for the whole exchange,
// until the body is closed. Errors are those of Do; those of the body come when it is read.
func (c *Client) Open(req *http.Request) (Stream, error) {
	if err := c.allowed(req.URL); err != nil {
		return Stream{}, err
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.opts.UserAgent)
	}
	res, err := c.http.Do(req) //nolint:bodyclose // the caller does, by Stream.Body
	if err != nil {
		return Stream{}, explain(err, req.URL)
	}
	return Stream{
		Status: res.StatusCode, Header: res.Header, Size: res.ContentLength, URL: res.Request.URL.String(),
		Body: &bounded{ReadCloser: res.Body, left: c.opts.MaxBytes, most: c.opts.MaxBytes, from: req.URL},
	}, nil
}

// bounded refuses to read more than was allowed.
type bounded struct {
	io.ReadCloser
	left, most int64
	from       *url.URL
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, problem.New(problem.Invalid, "the answer of %s is larger than %d bytes", b.from.Host, b.most)
	}
	if err != nil && err != io.EOF { //nolint:errorlint // a reader's own word for its end
		err = explain(err, b.from)
	}
	return n, err
}
