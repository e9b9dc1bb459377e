package station

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/credential"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// templates are the data folders made so far, by what they hold.
var (
	making    sync.Mutex
	templates = map[Options]string{}
)

// template is a data folder that holds what o says.
func template(t testing.TB, o Options) string {
	t.Helper()
	if o.Rows == 0 {
		o.Rows = 400
	}
	o.Planned = false // it is how things are without Sent
	making.Lock()
	defer making.Unlock()
	if dir, ok := templates[o]; ok {
		return dir
	}
	dir, err := os.MkdirTemp("", "firehall-station-")
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "data")
	fill(t, dir, o)
	templates[o] = dir
	return dir
}

// forget removes the templates.
func forget() {
	for _, dir := range templates {
		_ = os.RemoveAll(filepath.Dir(dir))
	}
}

// cheap is what a password costs in tests.
var cheap = credential.Cost{Memory: 64, Time: 1, Threads: 1}

// open opens the installation of a folder. What its configuration names lies in the folder itself, wherever it was copied to.
func open(t testing.TB, dir string, now *clock.Fixed, o Options, change ...func(*config.Config)) *app.App {
	t.Helper()
	c, err := config.Load(filepath.Join(dir, app.ConfigName), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Data.Dir, c.Mail.Maildir = dir, filepath.Join(dir, "mail")
	c.Query.Deadline, c.Serve.StopTimeout = 3*time.Minute, 3*time.Minute // on a machine that has much else to do
	for _, list := range [][]string{c.Enrich.ASN, c.Enrich.Geo} {
		for i := range list {
			list[i] = filepath.Join(dir, filepath.Base(list[i]))
		}
	}
	if o.Hostile {
		hostile := config.DefaultFeed()
		hostile.Format, hostile.DocumentationAddresses = "intelmq", true
		c.Feeds["hostile"] = hostile
	}
	for _, do := range change {
		do(&c)
	}
	c.Query.Memory *= 2 // of the child, which is this test binary: larger than the program
	a, err := app.New(context.Background(), app.Options{Config: c, Clock: now, Log: logging.Discard(), Version: "test", Write: true, PasswordCost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func fill(t testing.TB, dir string, o Options) {
	t.Helper()
	d, err := app.PrepareDemo(t.Context(), app.DemoOptions{Dir: dir, Rows: o.Rows, Now: Now, Log: logging.Discard()})
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, dir, clock.At(Now), o)
	defer func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	f := &filler{TB: t, app: a, demo: d, by: person}
	if o.Handled {
		f.officer()
	}
	if !o.Bare {
		f.nation()
	}
	if o.Hostile {
		f.hostile()
	}
	if o.Fellows {
		f.fellows(dir, o.Hostile)
	}
	f.must(second(a.ApplyFindings(t.Context(), person, nil)))
	if o.Sent {
		f.tell()
	}
	if o.Reports {
		f.reports()
	}
	if o.Handled {
		f.handled()
	}
	if o.Hostile {
		f.hostileReports()
	}
	if o.Stopped {
		f.must(a.Delivery.Stop(t.Context(), person, delivery.All, "a wrong batch went out: nothing leaves until it is understood"))
	}
}

func second[T any](_ T, err error) error { return err }

// filler fills an installation.
type filler struct {
	testing.TB
	app  *app.App
	demo app.Demo
	by   identity.Actor // who handles the incident
}

func (f *filler) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *filler) nation() {
	register, err := os.Open(f.demo.Register())
	f.must(err)
	defer func() { _ = register.Close() }()
	f.must(second(f.app.Register.Import(f.Context(), person, register, constituency.ImportOptions{Name: "register.csv"})))
	for _, file := range f.demo.Files {
		in, err := os.Open(f.demo.Path(file))
		f.must(err)
		_, err = f.app.Feeds.Ingest(f.Context(), person, feed.Source{Feed: file.Feed, Name: file.Path, Reader: in})
		if err != nil && !problem.Is(err, problem.Invalid) { // one of the demonstration's files is broken on purpose
			f.Fatal(err)
		}
		_ = in.Close()
	}
}

// tell sends what there is to be told.
func (f *filler) tell() {
	webhooks, err := delivery.ScopeOf("channel", "webhook")
	f.must(err)
	f.must(f.app.Delivery.Stop(f.Context(), person, webhooks, "the demonstration posts nothing to the world"))
	f.must(second(f.app.Notify.Approve(f.Context(), person, notification.ApproveOptions{})))
	f.must(second(f.app.Notify.Send(f.Context(), person, nil)))
	f.must(second(f.app.Deliver(f.Context(), person, nil)))
}

// Hostile are texts that try to break out of where they are shown.
var Hostile = []string{
	`<script>document.title="broken"</script>`, `"><img src=x onerror=document.title='broken'>`, `javascript:document.title="broken"`,
	`'-document.title="broken"-'`, "\u202egnp.exe", strings.Repeat("long", 60), `{{7*7}}${7*7}`, "=HYPERLINK(\"http://evil.example\")",
}

// hostile takes in organisations and events whose texts are hostile.
func (f *filler) hostile() {
	var register, events strings.Builder
	register.WriteString("organisation,network,contact\n")
	for i, text := range Hostile {
		addr := fmt.Sprintf("198.51.100.%d", i+1)
		fmt.Fprintf(&register, "%q,%s/32,abuse@hostile.example\n", strings.ReplaceAll(text, `"`, "'"), addr)
		line, err := json.Marshal(map[string]any{
			"time.source": Now.Add(-time.Hour).Format(time.RFC3339), "classification.type": "infected-system", "source.ip": addr,
			"classification.identifier": text, "malware.name": text, "source.reverse_dns": text, "event_description.text": text, "extra.hostile": text,
		})
		f.must(err)
		events.Write(append(line, '\n'))
	}
	f.must(second(f.app.Register.Import(f.Context(), person, strings.NewReader(register.String()), constituency.ImportOptions{Name: Hostile[0] + ".csv"})))
	f.must(second(f.app.Feeds.Ingest(f.Context(), person, feed.Source{Feed: "hostile", Name: Hostile[0], Reader: strings.NewReader(events.String())})))
}
