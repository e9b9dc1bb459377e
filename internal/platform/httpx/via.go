package httpx

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/proxy"

	"github.com/firehall/firehall/internal/core/problem"
)

// errProxy says that the proxy itself failed: nothing is known of whom we asked for.
var errProxy = errors.New("the proxy failed")

// ProxyFailed tells whether an error came of the proxy, and not of the server that was asked.
func ProxyFailed(err error) bool { return errors.Is(err, errProxy) }

// CheckProxy refuses what is no address of a proxy: http://host:port or socks5://host:port, with user:password@ before the host where it wants one.
func CheckProxy(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Port() == "":
		return problem.New(problem.Invalid, "a proxy is written as socks5://host:port or http://host:port")
	case u.Scheme != "http" && u.Scheme != "socks5":
		return problem.New(problem.Invalid, "a proxy speaks socks5 or http, not %q", u.Scheme)
	}
	return nil
}

// via dials through a proxy. The name is resolved here and each address checked, and the proxy is told the address: so it dials nothing unchecked.
func (c *Client) via(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addr, err := c.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	target := net.JoinHostPort(addr.String(), port)
	if c.opts.Via.Scheme == "socks5" {
		return c.socks(ctx, network, target)
	}
	return c.tunnel(ctx, target)
}

// resolve gives the address of a host that may be dialled. A name of which one address may not is refused whole.
func (c *Client) resolve(ctx context.Context, host string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap(), c.check(a)
	}
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	best := netip.Addr{}
	for _, a := range list {
		if err := c.check(a); err != nil {
			return netip.Addr{}, err
		}
		if !best.IsValid() || a.Unmap().Is4() && !best.Is4() {
			best = a.Unmap()
		}
	}
	if !best.IsValid() {
		return best, &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	return best, nil
}

func (c *Client) socks(ctx context.Context, network, target string) (net.Conn, error) {
	var auth *proxy.Auth
	if u := c.opts.Via.User; u != nil {
		password, _ := u.Password()
		auth = &proxy.Auth{User: u.Username(), Password: password}
	}
	d, err := proxy.SOCKS5("tcp", c.opts.Via.Host, auth, &net.Dialer{Timeout: 10 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	conn, err := d.(proxy.ContextDialer).DialContext(ctx, network, target)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "socks connect" && strings.HasSuffix(err.Error(), "connection refused") && !errors.Is(err, syscall.ECONNREFUSED) {
		return nil, syscall.ECONNREFUSED // RFC 1928 section 6: reply 5; the proxy's own refusal is a system error
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	return conn, nil
}

// tunnel asks an HTTP proxy to connect (RFC 9110 section 9.3.6).
func (c *Client) tunnel(ctx context.Context, target string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", c.opts.Via.Host)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	deadline := time.Now().Add(c.opts.Timeout)
	if at, ok := ctx.Deadline(); ok && at.Before(deadline) {
		deadline = at
	}
	if err := errors.Join(conn.SetDeadline(deadline), c.connect(conn, target), conn.SetDeadline(time.Time{})); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("%w: %w", errProxy, err)
	}
	return conn, nil
}

func (c *Client) connect(conn net.Conn, target string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{}}
	if u := c.opts.Via.User; u != nil {
		password, _ := u.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(conn, 1<<12), req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered with status %d", res.StatusCode)
	}
	return nil
}
