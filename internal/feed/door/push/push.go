package push

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Options is what a Door stands on.
type Options struct {
	DB     *sqldb.DB
	Clock  clock.Clock
	Feeds  *feed.Service
	Tokens *token.Tokens
	Config config.Push
	Log    *slog.Logger
	// Address tells from where a request comes; the connection's address if nil. A server behind a proxy says what the proxy says.
	Address func(r *http.Request) string
	// Accepted hears that there is work; may be nil.
	Accepted func()
	// Window is the time over which a sender's speed is judged; half a minute if 0.
	Window time.Duration
}

// Door takes pushes. Safe for concurrent use.
type Door struct {
	Options
	places  chan struct{} // one for each input that may be received at the same time
	guesses *guesses
}

const (
	window   = 30 * time.Second
	patience = 3 * time.Second // for a free place
)

// New makes the door.
func New(o Options) *Door {
	if o.Address == nil {
		o.Address = peer
	}
	o.Window = cmp.Or(o.Window, window)
	return &Door{Options: o, places: make(chan struct{}, max(o.Config.Concurrent, 1)), guesses: newGuesses(o.Clock)}
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Handler serves all addresses of the door.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	d.Mount(mux)
	return mux
}

// Mount puts the door's addresses into mux.
func (d *Door) Mount(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/v1/feeds/{feed}/push", d.only(d.push))
	mux.HandleFunc("HEAD /api/v1/feeds/{feed}/push/{upload}", d.only(d.look))
	mux.HandleFunc("PATCH /api/v1/feeds/{feed}/push/{upload}", d.only(d.proceed))
	mux.HandleFunc("DELETE /api/v1/feeds/{feed}/push/{upload}", d.only(d.giveUp))
	mux.HandleFunc("GET /api/v1/intakes/{intake}", d.Counts)
}

// guest is a request that was let in.
type guest struct {
	*http.Request
	w     http.ResponseWriter
	feed  string
	token token.Token
	body  *body
}

func (g *guest) actor() identity.Actor { return g.token.Actor() }

// push takes a whole input, or begins a resumable push.
func (d *Door) push(g *guest) error {
	if err := d.encoded(g.Request); err != nil {
		return err
	}
	if g.Header.Get(headComplete) != "" {
		return d.begin(g)
	}
	if g.ContentLength > int64(d.Config.MaxSize) {
		return d.tooLarge()
	}
	leave, err := d.enter(g.Context())
	if err != nil {
		return err
	}
	defer leave()
	return d.accept(g, g.Context(), max(g.ContentLength, 0), g.body)
}

// accept makes an input of what is read, and answers.
func (d *Door) accept(g *guest, ctx context.Context, size int64, in io.Reader) error { //nolint:revive // the guest's context is not always it
	list, err := d.take(g, ctx, nameOf(g.Request), size, in)
	if err != nil {
		return err
	}
	return d.answer(g, list)
}

// take makes intakes of what is read.
func (d *Door) take(g *guest, ctx context.Context, name string, size int64, in io.Reader) ([]feed.Intake, error) { //nolint:revive // as above
	in, err := d.lines(g.feed, in)
	if err != nil {
		return nil, err
	}
	list, err := d.Feeds.Accept(ctx, g.actor(), feed.Source{Feed: g.feed, Name: cmp.Or(name, Name), Size: size, Reader: in, Door: Name})
	if len(list) > 0 && d.Accepted != nil {
		d.Accepted()
	}
	return list, err
}

// Name is what the door is called in runs.
const Name = "push"

// enter waits a little for a place.
func (d *Door) enter(ctx context.Context) (leave func(), err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case d.places <- struct{}{}:
		return func() { <-d.places }, nil
	case <-timer.C:
		return nil, &fault{Status: http.StatusServiceUnavailable, Detail: "as many inputs as are allowed are being received: come again soon", retry: 5 * time.Second}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// nameOf is the file's name, from which the kind of report may follow: ?name=, or what Content-Disposition says.
func nameOf(r *http.Request) string {
	if name := r.URL.Query().Get("name"); name != "" {
		return name
	}
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil {
		return params["filename"]
	}
	return ""
}
