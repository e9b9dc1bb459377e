// Package app puts the rooms together: New opens everything in the order in which it is needed, Start begins what runs by itself, Stop
// ends it in reverse. It is the only package that knows all others, and wires them to each other.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/fetch"
	"github.com/firehall/firehall/internal/feed/door/push"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/feed/enrich"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/credential"
	"github.com/firehall/firehall/internal/identity/record"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/identity/sso"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	maildoor "github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/incident/playbook"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/notification/texts"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/httpx"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/live"
	"github.com/firehall/firehall/internal/platform/metrics"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/give"
	"github.com/firehall/firehall/internal/sharing/hear"
	"github.com/firehall/firehall/internal/sharing/indicator"
	"github.com/firehall/firehall/internal/sharing/indicator/warninglist"
	"github.com/firehall/firehall/internal/sharing/poll"
	"github.com/firehall/firehall/internal/sharing/relabel"
)

// Options says how to open an installation.
type Options struct {
	Config  config.Config
	Clock   clock.Clock  // clock.Real if nil
	FS      disk.FS      // disk.OS if nil
	Log     *slog.Logger // slog.Default if nil
	Version string
	// Write takes the data folder's lock: one process at a time may change things. On PostgreSQL, where leases keep processes apart, those
	// that write share it.
	Write bool
	// Serving says that many things are done at a time in this process, so each takes its lease like one of many, even if no other process is there.
	Serving bool
	// PasswordCost is what a password's hash takes; the usual if zero. Tests take less.
	PasswordCost credential.Cost
	// Duck starts the child that answers queries; empty is this binary.
	Duck []string
}

// App is an open installation.
type App struct {
	Options
	DB              *sqldb.DB
	Register        *constituency.Register
	Feeds           *feed.Service
	Manifest        *event.Manifest
	Enrich          *enrich.Table
	Audit           *audit.Log
	Record          *record.Record // the same, for who may ask
	Duck            *duck.Client
	Slow            *duck.Client // for exports and long questions, so that pages need not wait for these
	Metrics         *prometheus.Registry
	Keys            *keyring.Ring
	Findings        *finding.Store
	Desk            *desk.Desk
	Bulk            *desk.Bulk
	Imports         *desk.Imports
	Release         *release.Service
	Teams           *team.Service // the directory of fellow teams
	Finder          *team.Finder  // of it what everybody may ask
	Delivery        *delivery.Service
	Queue           *queue.Queue
	Incidents       *incident.Service
	Observables     *observable.Service
	Countermeasures *countermeasure.Service
	Figures         *figure.Service
	Clocks          *obligation.Service // what the law, and we ourselves, want by when
	MailDoor        *maildoor.Door      // makes reports of mail; nil but in a server
	Notify          *notification.Service
	Orders          *notification.Orders // runs that people ask for
	Texts           *texts.Store         // versions of the texts of messages
	Sessions        *session.Manager
	Ways            *credential.Keeper // how people prove who they are
	SignOn          *sso.Door          // nil: no single sign-on
	Accounts        *account.Accounts
	Programs        *apitoken.Tokens // lets programs use the API
	Jobs            *jobs.Queue
	Live            *live.Hub
	pager           *httpx.Client // posts to the webhook of who is on call
	Board           *desk.Board   // nil without faces
	Tokens          *token.Tokens // of feeds
	Push            http.Handler  // takes what is pushed to feeds; nil: nothing is

	Playbooks *playbook.Service

	Sharing *sharing.Service // what is shared with fellow teams
	TAXII   http.Handler     // the face for their programs, made with the others
	Give    *give.Service    // puts what we have into collections
	Relabel *relabel.Service // lets what stands there follow its label
	Poll    *poll.Poller     // asks their servers
	Hear    *hear.Hearer     // hands on what they tell by objects
	// SharingOrders has what takes long with it done by jobs.
	SharingOrders *sharing.Orders

	Indicators *indicator.Service // what to look for, and what to block
	watcher    *indicator.Watcher
	lists      *warninglist.Folder
	Blocklists http.Handler // the face for programs that ask what to block, made with the others

	Dossier *dossier.Service // what is printed of incidents

	// Web and API are the faces, made by openFaces; nil without them.
	Web http.Handler
	API http.Handler

	Fetch     *fetch.Fetcher // asks the sources of feeds
	pushes    *push.Door
	mailFault error         // why [mail] cannot be used
	applying  chan struct{} // holds one while findings are applied
	loops     loops
	ready     readiness
	streams   context.Context // ends when the server stops: what streams ends then
	endStream context.CancelFunc
	applied   atomic.Int64 // facts applied to findings since the last message run

	lock    *lock
	rdap    *rdap.Client
	layout  feed.Layout
	server  *metrics.Server
	cancel  context.CancelFunc
	context context.Context // of what Start began
	running sync.WaitGroup
}

// New opens the installation of o.Config. Errors: Unavailable if the database or the lock cannot be had, Invalid for the configuration.
func New(ctx context.Context, o Options) (a *App, err error) {
	a = &App{Options: o}
	a.defaults()
	half := a // what a failure has to close: the result is nil by then
	defer func() {
		if err != nil {
			err = errors.Join(err, half.Stop(context.WithoutCancel(ctx)))
		}
	}()
	if err := a.openState(ctx); err != nil {
		return nil, err
	}
	if err := a.openData(ctx); err != nil {
		return nil, err
	}
	return a, a.openRooms()
}

// openRooms makes the rooms that do the work, each after those that it asks.
func (a *App) openRooms() error {
	for _, open := range []func() error{a.openSessions, a.openCredentials, a.openJobs, a.openFeeds, a.openDuck, a.openFindings, a.openDesk, a.openOffice, a.openRelease, a.openDelivery, a.openTeams, a.openNotify, a.openIncidents, a.openClocks, a.openBoard, a.openSharing, a.openIndicators} {
		if err := open(); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) defaults() {
	if a.Clock == nil {
		a.Clock = clock.Real{}
	}
	if a.FS == nil {
		a.FS = disk.OS{}
	}
	if a.Log == nil {
		a.Log = slog.Default()
	}
	a.applying = make(chan struct{}, 1)
	a.streams, a.endStream = context.WithCancel(context.Background())
	a.layout = feed.Layout{FS: a.FS, Dir: a.Config.Data.Dir}
	a.Keys = keyring.Open(a.FS, a.dir("keys"), a.Clock)
}

// dir is the path of something in the data folder.
func (a *App) dir(parts ...string) string {
	return filepath.Join(append([]string{a.Config.Data.Dir}, parts...)...)
}

func (a *App) openState(ctx context.Context) (err error) {
	if err := a.refuseUnfinished(); err != nil {
		return err
	}
	if err := a.FS.MkdirAll(a.dir("events")); err != nil {
		return problem.Wrap(problem.Unavailable, err, "make the data folder %s", a.dir())
	}
	if a.Write {
		if a.lock, err = takeLock(ctx, a.dir("lock"), a.Log, a.shared()); err != nil {
			return err
		}
	}
	if a.DB, err = sqldb.Open(ctx, a.databaseURL()); err != nil {
		return err
	}
	if err := a.DB.Migrate(ctx); err != nil {
		return err
	}
	if err := a.freeLeases(ctx); err != nil {
		return err
	}
	a.Audit = audit.New(a.DB, a.Clock)
	a.openRecord()
	a.Manifest = event.NewManifest(a.DB)
	a.Metrics = metrics.NewRegistry(a.Version)
	return errors.Join(a.Metrics.Register(loopFigures{a}), a.Metrics.Register(mailFigures{a}))
}

func (a *App) databaseURL() string {
	if a.Config.Database.URL != "" {
		return a.Config.Database.URL
	}
	return "sqlite:" + a.dir("state.db")
}

func (a *App) openData(ctx context.Context) error {
	if err := a.openEnrichment(ctx); err != nil {
		return err
	}
	return a.openRegister(ctx)
}

// openEnrichment reads the files that addresses are enriched from; one that is named for both purposes is read once.
func (a *App) openEnrichment(ctx context.Context) (err error) {
	var files []string
	for _, f := range slices.Concat(a.Config.Enrich.ASN, a.Config.Enrich.Geo) {
		if !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	a.Enrich, err = enrich.Open(ctx, enrich.Config{Files: files, Snapshot: a.dir("enrich.snapshot")}, a.FS)
	return err
}

func (a *App) openRegister(ctx context.Context) (err error) {
	if a.Config.RDAP.Enabled {
		if a.rdap, err = a.openRDAP(); err != nil {
			return err
		}
	}
	a.Register = constituency.New(a.DB, constituency.Options{
		Clock: a.Clock, FS: a.FS, Snapshot: a.dir("register.snapshot"), Locate: a.locate, RDAP: a.rdap, MayAsk: a.mayAskWho, Log: a.Log, Guard: team.Guarded,
	})
	return a.Register.Load(ctx)
}

// locate tells the constituency where an address is, from the enrichment above it.
func (a *App) locate(addr netip.Addr) constituency.Location {
	info, _ := a.Enrich.Lookup(addr)
	return constituency.Location{Country: info.Country, ASN: info.ASN}
}

// openRDAP reads IANA's bootstrap files, which say whom to ask.
func (a *App) openRDAP() (*rdap.Client, error) {
	var b rdap.Bootstrap
	for _, name := range a.Config.RDAP.Bootstrap {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "rdap.bootstrap in the configuration")
		}
		if err := b.Add(text); err != nil {
			return nil, err
		}
	}
	interval := time.Minute / time.Duration(max(a.Config.RDAP.Rate, 1))
	client := rdap.New(httpx.New(httpx.Options{}), &b, rdap.Options{Interval: interval, Keep: a.Config.RDAP.Cache, Clock: a.Clock})
	client.UseCache(constituency.NewRDAPCache(a.DB))
	return client, nil
}

func (a *App) openFeeds() error {
	secret, err := a.Keys.Secret(dedupeSecret)
	if err != nil {
		return err
	}
	workers := a.Config.Ingest.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	host, _ := os.Hostname()
	a.Feeds = feed.New(feed.Options{
		DB: a.DB, Layout: a.layout, Clock: a.Clock, Secret: secret, Config: a.Config.Ingest, Workers: workers,
		Matcher: a.Register.Matcher, Table: a.Enrich, Format: a.format, Alone: a.alone(),
		Holder: fmt.Sprintf("%s/%d", host, os.Getpid()), Log: a.Log, Metrics: a.Metrics, Enqueue: enqueue, Outside: a.feedOutside, Feeds: a.Config.Feeds, Apart: a.Serving,
	})
	return a.openDoors()
}

// Start begins what runs by itself: figures, the sealing of the audit record, housekeeping, the register's validity. To start twice is to
// start once: commands that run inside the server find everything begun.
func (a *App) Start(ctx context.Context) error {
	if a.cancel != nil {
		return nil
	}
	ctx, a.cancel = context.WithCancel(ctx)
	a.context = ctx
	if listen := a.Config.Metrics.Listen; listen != "" {
		var err error
		if a.server, err = metrics.Listen(ctx, listen, a.Metrics); err != nil {
			return err
		}
	}
	a.loop(ctx, task{name: "seal the audit record", every: time.Minute, do: func(ctx context.Context) error {
		_, err := a.Audit.Seal(ctx)
		return err
	}})
	a.loop(ctx, task{name: "note what new files hold", every: time.Minute, do: a.noteSums})
	a.loop(ctx, task{name: "housekeeping", every: housekeepingPause, do: a.housekeeping})
	a.loop(ctx, task{name: "join small segments", every: joinPause, do: a.joinSegments})
	a.loop(ctx, task{name: "count events anew", every: countPause, do: a.keepCounts})
	a.loop(ctx, task{name: "tell the rooms of each other", every: subscribePause, do: a.React})
	a.loop(ctx, task{name: "look after reports", every: time.Hour, do: a.keepReports})
	a.loop(ctx, task{name: "follow the register", do: a.Register.Run})
	return nil
}

// Stop ends everything that New and Start began. What was written is sealed into the audit chain first.
func (a *App) Stop(ctx context.Context) error {
	errs := []error{a.halt(ctx)}
	if a.server != nil {
		errs = append(errs, a.server.Stop(ctx))
	}
	if a.Board != nil {
		a.Board.Stop()
	}
	errs = append(errs, a.closeDuck())
	if a.Delivery != nil {
		errs = append(errs, a.Delivery.Close())
	}
	if a.DB != nil {
		if a.lock != nil && a.Audit != nil { // a database that could not be brought up to date has no record yet
			_, err := a.Audit.Seal(ctx)
			errs = append(errs, err)
		}
		errs = append(errs, a.DB.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.release())
	}
	return errors.Join(errs...)
}

// closeWithin bounds Close.
const closeWithin = 15 * time.Second

// Close is Stop within a time that somebody who stops a server would wait.
func (a *App) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	return a.Stop(ctx)
}
