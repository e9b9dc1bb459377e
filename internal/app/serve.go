package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"

	"golang.org/x/net/netutil"

	"github.com/firehall/firehall/internal/core/problem"
)

// ServeOptions say how the server runs.
type ServeOptions struct {
	Listen string // host:port; empty is serve.listen of the configuration
	// Ready, if not nil, is called once the server answers, with where browsers reach it.
	Ready func(url string)
	// Out is where the login link of the first start is printed. nil prints none.
	Out io.Writer
	// Command runs a command line for a client of the local socket. nil offers no socket.
	Command Command
}

// Serve runs what New opened until ctx ends: it listens, does by itself what is due, and then ends what is under way within
// serve.stop_timeout; what does not end by then is cut off, and another start goes on with it. The App is to be stopped afterwards.
//
// Errors: Invalid for an address outside this machine, Unavailable if it cannot be listened at or something does not end.
func (a *App) Serve(ctx context.Context, o ServeOptions) error {
	if o.Listen != "" {
		a.Config.Serve.Listen = o.Listen
	}
	a.ready.say("starting")
	l, err := a.listen(ctx)
	if err != nil {
		return err
	}
	server, err := a.httpServer()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	err = a.begin(work, o)
	if err == nil {
		a.ready.say("")
		a.announce(ctx, o)
		select {
		case <-ctx.Done():
		case err = <-served:
			served <- http.ErrServerClosed
		}
	}
	return errors.Join(err, a.end(server, served))
}

// begin starts what runs by itself.
func (a *App) begin(ctx context.Context, o ServeOptions) error {
	if err := a.Start(ctx); err != nil {
		return err
	}
	a.serveLocal(a.context, o.Command)
	return a.work(a.context)
}

// end stops in the order in which nothing is lost: first no more work is begun, while readers are still answered; then no more requests.
func (a *App) end(server *http.Server, served chan error) error {
	a.ready.say("stopping")
	a.endStream()
	within, cancel := context.WithTimeout(context.Background(), a.Config.Serve.StopTimeout)
	defer cancel()
	a.Log.InfoContext(within, "stopping: what is under way may end", "within", a.Config.Serve.StopTimeout)
	err := a.halt(within)
	if down := server.Shutdown(within); down != nil {
		a.Log.WarnContext(within, "requests were cut off", "error", down)
		err = errors.Join(err, server.Close())
	}
	if fault := <-served; !errors.Is(fault, http.ErrServerClosed) {
		err = errors.Join(err, problem.Wrap(problem.Unavailable, fault, "serve"))
	}
	return err
}

// halt ends what Start and Serve began, and waits for it until ctx ends.
func (a *App) halt(ctx context.Context) error {
	if a.cancel == nil {
		return nil
	}
	a.cancel()
	ended := make(chan struct{})
	go func() { a.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return problem.New(problem.Unavailable, "something did not end in time; the next start goes on with it")
	}
}

// listen opens the server's address, with TLS if that is configured.
func (a *App) listen(ctx context.Context) (net.Listener, error) {
	s := a.Config.Serve
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the address to listen at, %q, must be an address and a port, such as 127.0.0.1:8080", s.Listen)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, err, "listen at %s (serve.listen, or --listen)", s.Listen)
	}
	if err := a.reachable(ctx, l.Addr()); err != nil {
		return nil, errors.Join(l.Close(), err)
	}
	secure, err := a.serveTLS()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	a.Config.Serve.Listen = l.Addr().String() // with the port, if any was asked for
	l = netutil.LimitListener(l, s.MaxConnections)
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	return l, nil
}

// reachable refuses an address that others can reach as long as nobody could log in there: who comes first would not be who should.
func (a *App) reachable(ctx context.Context, addr net.Addr) error {
	if loopback(addr) {
		return nil
	}
	keeps, err := a.keepsOut(ctx)
	if err != nil {
		return err
	}
	if !keeps {
		return outside(a.Config.Serve.Listen)
	}
	if !overTLS(a.Config.Serve) {
		a.Log.WarnContext(ctx, "the pages can be reached from other machines without TLS: passwords and sessions go through the network for all to read, and "+
			"there are no passkeys; set serve.tls_cert or serve.acme_domains, or serve.public_url if a proxy does it", "listen", a.Config.Serve.Listen)
	}
	return nil
}

// outside is why an address is refused.
func outside(address string) error {
	return problem.New(problem.Invalid, "%s can be reached from other machines, and there are no accounts yet by which anybody logs in. Listen at 127.0.0.1:8080, "+
		"make an account (firehall user add NAME --role manager) and set up its passkey or password; then listen here (see docs/ops/accounts.md). "+
		"Until then, reach it from your own machine by ssh -L 8080:127.0.0.1:8080 THIS-HOST", address)
}

// loopback tells whether an address can be reached from this machine only.
func loopback(addr net.Addr) bool {
	t, ok := addr.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// httpServer is the server with its limits.
func (a *App) httpServer() (*http.Server, error) {
	s := a.Config.Serve
	h, err := a.Handler()
	if err != nil {
		return nil, err
	}
	return &http.Server{
		Handler: h, ReadHeaderTimeout: s.HeaderTimeout, ReadTimeout: s.ReadTimeout, WriteTimeout: s.WriteTimeout, IdleTimeout: s.IdleTimeout,
		MaxHeaderBytes: int(s.MaxHeader), ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}, nil
}

// announce says that the server is there.
func (a *App) announce(ctx context.Context, o ServeOptions) {
	url := BaseURL(a.Config.Serve)
	a.Log.InfoContext(ctx, "serving", "url", url, "version", a.Version)
	if o.Ready != nil {
		o.Ready(url)
	}
	if o.Out != nil {
		a.firstLink(ctx, o.Out, url)
	}
}
