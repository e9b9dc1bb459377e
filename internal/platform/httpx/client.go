// Package httpx is the one way out by HTTP. Every request of Firehall to a
// server that somebody else may choose (a URL in a feed, a registry, a webhook)
// goes through a Client.
//
// Guarantees: each address is checked at the moment it is dialled, so neither a
// name that resolves inwards nor one that changes its mind gets through; each
// redirect is checked likewise; proxies of the environment are not used; plain
// http is refused unless allowed; redirects, time and size are bounded. Whether
// something may be asked at all (TLP, PAP) is not decided here.
package httpx

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// Options bound a client; zero values take the defaults named.
type Options struct {
	Timeout   time.Duration // of a whole exchange, body included: 30 s
	MaxBytes  int64         // of a body: 8 MiB
	Redirects int           // 5; negative for none
	Plain     bool          // http: is allowed too
	UserAgent string        // "firehall"
	TLS       *tls.Config   // the system's roots if nil

	// Via is a proxy that all goes through, as CheckProxy allows; the configuration alone may name one. What is asked for is resolved and checked
	// here, and the proxy is told its address. nil: none.
	Via *url.URL

	// StatusOnly is for calls of which the status is the answer: an answer that redirects is not followed and is no error, and a body that is
	// too large or breaks off is cut.
	StatusOnly bool

	// Internal lets requests go to private networks and to this machine, which a source of one's own may be in. What is no unicast address, and
	// where clouds keep their metadata, stays refused. Only the configuration may say so, never a URL from outside.
	Internal bool

	// TestLoopback lets requests go to this machine's loopback addresses. For
	// tests with a fake server only: nothing that runs for real may set it.
	TestLoopback bool
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	opts Options
	http *http.Client
}

// Response is an answer read whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	URL    string // the last one, after redirects
}

// New returns a client.
func New(opts Options) *Client {
	if opts.Timeout == 0 {
		opts.Timeout = 30 * time.Second
	}
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 8 << 20
	}
	if opts.Redirects == 0 {
		opts.Redirects = 5
	}
	if opts.UserAgent == "" {
		opts.UserAgent = "firehall"
	}
	c := &Client{opts: opts}
	dialer := &net.Dialer{Timeout: 10 * time.Second, ControlContext: c.control}
	dial := dialer.DialContext
	if opts.Via != nil {
		dial = c.via
	}
	c.http = &http.Client{
		Timeout:       opts.Timeout,
		CheckRedirect: c.redirect,
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would dial for us, unchecked
			DialContext:            dial,
			TLSClientConfig:        opts.TLS,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  opts.Timeout,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConns:           16,
			IdleConnTimeout:        30 * time.Second,
			ForceAttemptHTTP2:      true,
		},
	}
	return c
}

// control sees the very address that is about to be dialled, after resolution.
func (c *Client) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return problem.Wrap(problem.Forbidden, err, "cannot tell which address %s is", address)
	}
	return c.check(ap.Addr())
}

func (c *Client) check(a netip.Addr) error {
	if c.opts.TestLoopback && a.Unmap().IsLoopback() {
		return nil
	}
	if c.opts.Internal && inside(a) {
		return nil
	}
	return Check(a)
}

// redirect checks where an answer sends us.
func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	if c.opts.StatusOnly {
		return http.ErrUseLastResponse
	}
	if len(via) > max(c.opts.Redirects, 0) {
		return problem.New(problem.Forbidden, "more than %d redirects", max(c.opts.Redirects, 0))
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return problem.New(problem.Forbidden, "a redirect from https to %s is not followed", req.URL.Scheme)
	}
	return c.allowed(req.URL)
}

// allowed checks what of a URL can be checked before it is resolved.
func (c *Client) allowed(u *url.URL) error {
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !c.opts.Plain):
		return problem.New(problem.Forbidden, "only https is allowed, not %q", u.Scheme)
	case u.Hostname() == "":
		return problem.New(problem.Invalid, "the URL names no host")
	case u.User != nil:
		return problem.New(problem.Invalid, "a URL with a password in it is not used")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return c.check(a)
	}
	return nil
}

// Do sends a request and reads the answer whole. A status is no error. Errors:
// Forbidden for an address or redirect that is not allowed, Invalid for an
// answer that is too large, Unavailable when the server cannot be reached.
func (c *Client) Do(req *http.Request) (Response, error) {
	if err := c.allowed(req.URL); err != nil {
		return Response{}, err
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.opts.UserAgent)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Response{}, explain(err, req.URL)
	}
	defer res.Body.Close()
	body, err := c.body(res.Body, req.URL)
	if err != nil {
		return Response{}, err
	}
	return Response{Status: res.StatusCode, Header: res.Header, Body: body, URL: res.Request.URL.String()}, nil
}

// body reads an answer's body within the limit.
func (c *Client) body(r io.Reader, u *url.URL) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, c.opts.MaxBytes+1))
	long := int64(len(body)) > c.opts.MaxBytes
	switch {
	case c.opts.StatusOnly:
		return body[:min(int64(len(body)), c.opts.MaxBytes)], nil
	case err != nil:
		return nil, explain(err, u)
	case long:
		return nil, problem.New(problem.Invalid, "the answer of %s is larger than %d bytes", u.Host, c.opts.MaxBytes)
	}
	return body, nil
}

// Post sends a body to a URL with the headers given, Content-Type among them. Nothing here tries again what may have been
// taken.
func (c *Client) Post(ctx context.Context, address string, header http.Header, body []byte) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return Response{}, problem.New(problem.Invalid, "the URL cannot be read") // the parser's error would show it whole
	}
	for name, values := range header {
		req.Header[name] = values
	}
	return c.Do(req)
}

// Get asks for a URL; accept is the Accept header, "" for none.
func (c *Client) Get(ctx context.Context, address, accept string) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Response{}, problem.Wrap(problem.Invalid, err, "the URL cannot be read")
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return c.Do(req)
}

// explain keeps our own refusals, which come wrapped in the transport's errors,
// and calls everything else a server out of reach. Only the host is named: a
// path may carry a secret.
func explain(err error, u *url.URL) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if kind := problem.KindOf(err); kind != problem.Internal {
		return problem.Wrap(kind, err, "%s", u.Host)
	}
	return problem.Wrap(problem.Unavailable, err, "%s cannot be reached", u.Host)
}
