package push_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/push"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/intelmq"
	"github.com/firehall/firehall/internal/feed/shadowserver"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	ctx   = context.Background()
	actor = identity.System("test")
	now   = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

// station is a server with the door, and a token for the feed "shadowserver".
type station struct {
	testing.TB
	*httptest.Server
	door  *push.Door
	feeds *feed.Service
	db    *sqldb.DB
	dir   string
	clock *clock.Fixed
	token string
}

// tune changes what a station is made of.
type tune struct {
	fs     disk.FS
	config func(*config.Push)
	window time.Duration
}

func each(t *testing.T, do func(t *testing.T, s *station)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, open(t, db, tune{})) })
}

func lite(t testing.TB, how tune) *station { return open(t, sqldbtest.Open(t, sqldb.SQLite), how) }

func open(t testing.TB, db *sqldb.DB, how tune) *station {
	t.Helper()
	s := &station{TB: t, db: db, dir: t.TempDir(), clock: clock.At(now)}
	if how.fs == nil {
		how.fs = disk.OS{}
	}
	register := constituency.New(db, constituency.Options{Clock: s.clock, Log: logging.Discard()})
	if err := register.Load(ctx); err != nil {
		t.Fatal(err)
	}
	s.feeds = feed.New(feed.Options{
		DB: db, Layout: feed.Layout{FS: how.fs, Dir: s.dir}, Clock: s.clock, Config: config.Default().Ingest, Workers: 2, Matcher: register.Matcher,
		Format: s.formats, Alone: true, Holder: "test", Log: logging.Discard(),
	})
	c := config.Default().Push
	if how.config != nil {
		how.config(&c)
	}
	tokens := &token.Tokens{DB: db, Clock: s.clock}
	s.door = push.New(push.Options{DB: db, Clock: s.clock, Feeds: s.feeds, Tokens: tokens, Config: c, Log: logging.Discard(), Window: how.window})
	s.Server = httptest.NewServer(s.door.Handler())
	t.Cleanup(s.Server.Close)
	s.token = s.newToken("shadowserver")
	return s
}

func (s *station) newToken(of string) string {
	s.Helper()
	text, _, err := (&token.Tokens{DB: s.db, Clock: s.clock}).New(ctx, actor, "", of)
	if err != nil {
		s.Fatal(err)
	}
	return text
}

func (s *station) formats(name string) (format.Format, config.Feed, error) {
	if strings.HasPrefix(name, "intelmq") {
		return intelmq.New(s.clock, format.Defaults{}, 0), config.DefaultFeed(), nil
	}
	return shadowserver.New(shadowserver.Builtin(), s.clock, 0), config.DefaultFeed(), nil
}

// answer is what came back.
type answer struct {
	*http.Response
	body string
}

func (s *station) ask(method, path string, body io.Reader, headers ...string) answer {
	s.Helper()
	res, err := s.try(method, path, body, headers...)
	if err != nil {
		s.Fatal(err)
	}
	return res
}

// try is ask, when the connection may break.
func (s *station) try(method, path string, body io.Reader, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, body)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.Client().Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return answer{res, string(text)}, err
}

const pushPath = "/api/v1/feeds/shadowserver/push"

func (s *station) push(name string, body io.Reader, headers ...string) answer {
	s.Helper()
	return s.ask(http.MethodPost, pushPath+"?name="+name, body, headers...)
}

// receipt reads a 202.
func (s *station) receipt(a answer) push.Receipt {
	s.Helper()
	var r push.Receipt
	if a.StatusCode != http.StatusAccepted || json.Unmarshal([]byte(a.body), &r) != nil || len(r.Intakes) == 0 {
		s.Fatalf("%s: %s", a.Status, a.body)
	}
	return r
}

// refused checks the problem details of an answer.
func (s *station) refused(a answer, status int, about string) {
	s.Helper()
	var p struct {
		Title, Detail string
		Status        int
	}
	err := json.Unmarshal([]byte(a.body), &p)
	if err != nil || a.StatusCode != status || p.Status != status || p.Title == "" || !strings.Contains(p.Detail, about) ||
		a.Header.Get("Content-Type") != "application/problem+json" {
		s.Errorf("%s: %s, want %d about %q", a.Status, a.body, status, about)
	}
}

// intakes lists what was accepted.
func (s *station) intakes() []feed.Intake {
	s.Helper()
	list, err := s.feeds.List(ctx, actor, "", 100)
	if err != nil {
		s.Fatal(err)
	}
	return list
}

// files lists what lies in a folder of the installation.
func (s *station) files(folder string) (out []string) {
	s.Helper()
	_ = filepath.WalkDir(filepath.Join(s.dir, folder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, d.Name())
		}
		return nil
	})
	return out
}

// nothingLeft checks that no half-finished input lies about, and that none was accepted.
func (s *station) nothingLeft() {
	s.Helper()
	for _, folder := range []string{"spool", "uploads", "blobs"} {
		if left := s.files(folder); len(left) > 0 {
			s.Errorf("%s holds %v", folder, left)
		}
	}
	if list := s.intakes(); len(list) > 0 {
		s.Errorf("accepted %+v", list)
	}
}

func (s *station) runs() []feed.Run {
	s.Helper()
	p, err := s.feeds.Runs(ctx, actor, "", page.Request{})
	if err != nil {
		s.Fatal(err)
	}
	return p.Items
}

const telnetHeader = "timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n"

// telnet makes rows of a scan_telnet report, distinct from each other.
func telnet(from, n int) string {
	var b bytes.Buffer
	b.WriteString(telnetHeader)
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, "2026-11-19 03:04:%02d,11.%d.%d.%d,23,tcp,h%d.example,telnet,64500,FI,,,0,0,\"login, %d\"\n",
			i%60, i>>16&0xff, i>>8&0xff, i&0xff, i, i)
	}
	return b.String()
}
