package duck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
)

// Linked is the engine, which the tests from outside this package link.
var Linked Engine

// TestMain lets the test binary be its own child.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FIREHALL_DUCK_WRITE"); dir != "" {
		os.Exit(tryWriting(dir))
	}
	if os.Getenv(Variable) != "" {
		os.Exit(Child(os.Stdin, os.Stdout, Linked))
	}
	os.Exit(m.Run())
}

// house is a folder with segments and a client for it.
type house struct {
	client *Client
	files  []plan.File
	dir    string
}

func newHouse(t testing.TB, o Options) *house {
	t.Helper()
	h := &house{dir: t.TempDir()}
	o.Segments, o.Temp = filepath.Join(h.dir, "segments"), filepath.Join(h.dir, "tmp")
	if err := os.MkdirAll(o.Segments, 0o700); err != nil {
		t.Fatal(err)
	}
	h.client = New(o)
	t.Cleanup(func() { _ = h.client.Close() })
	return h
}

func (h *house) path(name string) string { return filepath.Join(h.dir, "segments", name) }

func parse(t testing.TB, line string) query.Node {
	t.Helper()
	n, err := query.Parse(line, query.Options{Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// ask gives the answer as lines of cells with `|` between them.
func (h *house) ask(t testing.TB, r plan.Request) ([]string, Summary, error) {
	t.Helper()
	r.Files = h.files
	if r.Filter == nil {
		r.Filter = query.Everything
	}
	p, err := plan.Make(r)
	if err != nil {
		t.Fatal(err)
	}
	return h.run(p)
}

func (h *house) run(p plan.Plan) (lines []string, sum Summary, err error) {
	sum, err = h.client.Query(context.Background(), p, func(b *answer.Batch) error {
		for i := range b.N {
			cells := make([]string, len(b.Columns))
			for j := range b.Columns {
				cells[j] = cell(&b.Columns[j], i)
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
		return nil
	})
	return lines, sum, err
}

func cell(c *answer.Column, i int) string {
	switch {
	case c.Null[i]:
		return "-"
	case c.Kind == event.Text:
		return c.Texts[i]
	case c.Kind == event.IP:
		return c.Addrs[i].String()
	case c.Kind == event.Time:
		return c.Time(i).Format(time.RFC3339)
	case c.Kind == event.Float:
		return fmt.Sprint(c.Floats[i])
	}
	return fmt.Sprint(c.Ints[i])
}

func TestAnswers(t *testing.T) {
	h := newHouse(t, Options{})
	h.few(t)
	for _, tt := range []struct {
		name string
		r    plan.Request
		want string
	}{
		{"all", plan.Request{Where: parse(t, ""), Count: true}, "6"},
		{"by class", plan.Request{Where: parse(t, ""), By: []string{"class"}}, "open-service|3 infected-system|2 -|1"},
		{"by day", plan.Request{Where: parse(t, ""), By: []string{"day"}}, "2026-11-01|2 2026-11-02|3 -|1"},
		{"by day and class", plan.Request{Where: parse(t, "has:class"), By: []string{"day", "class"}}, "2026-11-01|open-service|2 2026-11-02|infected-system|2 2026-11-02|open-service|1"},
		{"by hour in a zone", plan.Request{Where: parse(t, "class:infected-system"), By: []string{"hour"}, Zone: time.FixedZone("", 2*3600)}, "2026-11-02T02:00|2"},
		{"by address", plan.Request{Where: parse(t, ""), By: []string{"source.ip"}, Limit: 2}, "203.0.113.7|2 198.51.100.1|1"},
		{"address", plan.Request{Where: parse(t, "ip:203.0.113.7"), Count: true}, "2"},
		{"prefix", plan.Request{Where: parse(t, "ip:203.0.113.0/29"), Count: true}, "2"},
		{"IPv6 prefix", plan.Request{Where: parse(t, "2001:db8::/32"), Count: true}, "1"},
		{"all of IPv6 is not IPv4", plan.Request{Where: parse(t, "ip:::/0"), Count: true}, "1"},
		{"IPv6 range", plan.Request{Where: parse(t, "ip:2001:db8::1..2001:db8:1::"), Count: true}, "1"},
		{"IPv6 range beside it", plan.Request{Where: parse(t, "ip:2001:db8::3..2001:db8:1::"), Count: true}, "0"},
		{"tag in a list", plan.Request{Where: parse(t, "tag:sinkhole"), Count: true}, "1"},
		{"tag by its beginning", plan.Request{Where: parse(t, "tag:sink*"), Count: true}, "2"},
		{"tag, in part", plan.Request{Where: parse(t, "tag:hole"), Count: true}, "0"},
		{"without a tag", plan.Request{Where: parse(t, "-tag:sinkhole"), Count: true}, "5"},
		{"negated null", plan.Request{Where: parse(t, "-class:open-service"), Count: true}, "3"},
		{"overflow", plan.Request{Where: parse(t, `extra.rare:"a b"`), Count: true}, "1"},
		{"word in any case", plan.Request{Where: parse(t, "MIRAI"), Count: true}, "2"},
		{"star in a text", plan.Request{Where: parse(t, `malware:"100%"*`), Count: true}, "0"},
		{"port over", plan.Request{Where: parse(t, "port:>1024"), Count: true}, "1"},
		{"time", plan.Request{Where: parse(t, "time:2026-11-01"), Count: true}, "2"},
		{"organisation by name", plan.Request{Where: parse(t, `org:"City Hospital"`), Count: true}, "2"},
		{"filter", plan.Request{Where: parse(t, "class:open-service or ()"), Filter: parse(t, "class:infected-system"), Count: true}, "2"},
		{"rows", plan.Request{
			Where: parse(t, "ip:203.0.113.7"), Sort: []plan.Order{{Field: "time", Descending: true}},
			Fields: []string{"time.source", "source.ip", "source.port", "malware", "tag", "source.tor_node", "feed.accuracy"},
		}, "2026-11-02T00:00:00Z|203.0.113.7|8080|mirai|sinkhole|1|99.5 2026-11-01T00:00:00Z|203.0.113.7|23|-|-|-|-"},
		{"hostile", plan.Request{Where: parse(t, `org:"x' UNION SELECT * FROM read_text('/etc/passwd')--"`), Count: true}, "0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.Organisations = func(x query.Text) []string {
				if x.Fits("City Hospital") {
					return []string{"o1"}
				}
				return nil
			}
			lines, _, err := h.ask(t, tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(lines, " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestLocked sends the child statements that no plan holds.
func TestLocked(t *testing.T) {
	h := newHouse(t, Options{})
	h.few(t)
	secret := filepath.Join(h.dir, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, sql string }{
		{"read a file", "SELECT content FROM read_text('/etc/passwd')"},
		{"read a file beside", "SELECT content FROM read_text('" + secret + "')"},
		{"read a file by a way around", "SELECT content FROM read_text('" + h.path("../secret") + "')"},
		{"read as CSV", "SELECT * FROM read_csv('/etc/passwd')"},
		{"read by name", "SELECT * FROM '/etc/passwd.csv'"},
		{"list files", "SELECT file FROM glob('/etc/*')"},
		{"read the network", "SELECT * FROM read_parquet('http://203.0.113.1/x.parquet')"},
		{"write", "COPY (SELECT 1) TO '" + h.path("x.csv") + "'"},
		{"write after a query", "SELECT 1; COPY (SELECT 1) TO '" + h.path("x.csv") + "'"},
		{"write after a quote", `SELECT 1 AS "a""; COPY (SELECT 1) TO '` + h.path("x.csv") + `'`},
		{"attach", "ATTACH '" + h.path("x.db") + "'"},
		{"install", "INSTALL httpfs"},
		{"load", "LOAD '" + h.path("x.duckdb_extension") + "'"},
		{"unlock", "SET lock_configuration = false"},
		{"enable", "SELECT 1; SET enable_external_access = true"},
		{"more memory", "PRAGMA memory_limit='8GB'"},
		{"export", "EXPORT DATABASE '" + h.path("x") + "'"},
		{"table", "CREATE TABLE t AS SELECT 1"},
		{"explain", "EXPLAIN ANALYZE SELECT 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines, _, err := h.run(plan.Plan{SQL: tt.sql, Columns: []plan.Column{{Name: "x", Kind: event.Text}}})
			if !problem.Is(err, problem.Forbidden) && !strings.Contains(fmt.Sprint(err), "refused") {
				t.Errorf("gives %q and %v", lines, err)
			}
		})
	}
	if left, _ := filepath.Glob(h.path("x*")); len(left) > 0 {
		t.Errorf("written: %v", left)
	}
}

// TestConfigurationAlone takes the child's own checks away and asks DuckDB directly.
func TestConfigurationAlone(t *testing.T) {
	dir := t.TempDir()
	con, err := Linked.open(settings{Segments: dir, Temp: dir, Memory: 64 << 20, TempLimit: 64 << 20, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer con.Close()
	for _, sql := range []string{
		"SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM glob('/etc/*')", "COPY (SELECT 1) TO '/tmp/firehall-x.csv'",
		"ATTACH '/tmp/firehall-x.db'", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "SET lock_configuration = false", "SET memory_limit = '8GB'",
		"SELECT * FROM read_parquet('http://203.0.113.1/x.parquet')", "SET allowed_directories = ['/']",
	} {
		if _, err := con.ExecContext(context.Background(), sql, nil); err == nil {
			t.Errorf("%s is allowed", sql)
		}
	}
}

func TestAdmit(t *testing.T) {
	for _, tt := range []struct {
		sql string
		ok  bool
	}{
		{`SELECT 1 FROM (SELECT "a;b--c" FROM t)`, true},
		{`SELECT ',' || x`, true},
		{"SELECT 1;", false},
		{"SELECT 1 -- x", false},
		{"SELECT 1 /* x */", false},
		{"SELECT $$a$$", false},
		{`SELECT "a`, false},
		{"COPY t TO 'x'", false},
		{"selection", false},
	} {
		if err := admit(tt.sql); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.sql, err)
		}
	}
}

func TestTooMuchMemory(t *testing.T) {
	h := newHouse(t, Options{TempLimit: 64 << 20, Deadline: 5 * time.Minute})
	big := plan.Plan{SQL: "SELECT string_agg(repeat('x', 1000), '') FROM range(2000000)", Columns: []plan.Column{{Name: "x", Kind: event.Text}}}
	if _, _, err := h.run(big); !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.Unavailable) || err != nil && !strings.Contains(err.Error(), "narrow the time") {
		t.Errorf("2 GB: %v", err)
	}
	spill := plan.Plan{SQL: "SELECT count(*) FROM (SELECT array_agg(range) FROM range(100000000) GROUP BY range)", Columns: []plan.Column{{Name: "x", Kind: event.Int}}}
	if _, _, err := h.run(spill); !problem.Is(err, problem.Invalid) {
		t.Errorf("spilling over: %v", err)
	}
	h.answersOne(t)
}

func (h *house) answersOne(t testing.TB) Summary {
	t.Helper()
	lines, sum, err := h.run(plan.Plan{SQL: "SELECT CAST(1 AS BIGINT)", Columns: []plan.Column{{Name: "x", Kind: event.Int}}})
	if err != nil || len(lines) != 1 || lines[0] != "1" {
		t.Fatalf("the next query gives %v, %v", lines, err)
	}
	return sum
}

// endless runs until it is killed.
var endless = plan.Plan{SQL: "SELECT count(*) FROM range(100000000000) a WHERE a.range % 7 = 3", Columns: []plan.Column{{Name: "x", Kind: event.Int}}}

func TestDeadline(t *testing.T) {
	h := newHouse(t, Options{grace: 2 * time.Minute})
	h.answersOne(t)
	usual := h.client.o.Deadline
	h.client.o.Deadline = time.Second
	_, _, err := h.run(endless)
	h.client.o.Deadline = usual
	if !problem.Is(err, problem.Unavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if sum := h.answersOne(t); sum.Started != 0 {
		t.Error("stopping took the child's life")
	}
}

// TestDeafChild gives up a query of a child that does not listen.
func TestDeafChild(t *testing.T) {
	h := newHouse(t, Options{})
	h.answersOne(t)
	usual := h.client.o.Deadline
	h.client.o.Deadline = time.Second
	if err := h.client.p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.run(endless); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	h.client.o.Deadline = usual
	if sum := h.answersOne(t); sum.Started == 0 {
		t.Error("the child that does not listen answered")
	}
}

// TestNewChild ends children that keep too much, took too much, or have nothing to do.
func TestNewChild(t *testing.T) {
	big := plan.Plan{SQL: "SELECT string_agg(repeat('x', 1000), '') FROM range(2000000)", Columns: []plan.Column{{Name: "x", Kind: event.Text}}}
	for name, c := range map[string]struct {
		o    Options
		when func(h *house)
	}{
		"keeps too much": {Options{Memory: 16 << 20, Data: 512 << 20}, func(*house) {}},
		"no room left":   {Options{Memory: 256 << 20, Data: 450 << 20}, func(*house) {}},
		"took too much":  {Options{TempLimit: 64 << 20}, func(h *house) { _, _, _ = h.run(big) }},
		"nothing to do":  {Options{Idle: 20 * time.Millisecond}, (*house).gone},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, c.o)
			h.answersOne(t)
			c.when(h)
			if sum := h.answersOne(t); sum.Started == 0 {
				t.Error("the old child answered")
			}
		})
	}
}

// gone waits until the child is.
func (h *house) gone() {
	<-h.client.turn
	p := h.client.p
	h.client.yield()
	if p != nil {
		<-p.gone
	}
}

// TestRoomIsKnown tells what a child has, so that one without room for another query can be replaced in time.
func TestRoomIsKnown(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no limit here")
	}
	sum := newHouse(t, Options{}).answersOne(t)
	if sum.Held < 10<<20 || sum.Space < 10<<20 || sum.Held > 1<<30 || sum.Space > 1<<30 {
		t.Errorf("%d bytes resident, %d of address space", sum.Held, sum.Space)
	}
}

func TestGivenUp(t *testing.T) {
	h := newHouse(t, Options{grace: 2 * time.Minute})
	h.answersOne(t)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err := h.client.Query(ctx, endless, func(*answer.Batch) error { return nil })
	if !problem.Is(err, problem.Unavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if sum := h.answersOne(t); sum.Started != 0 {
		t.Error("giving up took the child's life")
	}
}

func TestKilled(t *testing.T) {
	h := newHouse(t, Options{})
	h.answersOne(t)
	child := h.client.p
	time.AfterFunc(100*time.Millisecond, child.signal)
	_, _, err := h.run(endless)
	if !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v", err)
	}
	h.answersOne(t)
	h.client.p.signal() // between two queries nobody notices
	<-h.client.p.gone
	h.answersOne(t)
	if left, _ := os.ReadDir(filepath.Join(h.dir, "tmp")); len(left) != 1 {
		t.Errorf("%d folders of children", len(left))
	}
}

func TestSinkStops(t *testing.T) {
	h := newHouse(t, Options{})
	enough := errors.New("enough")
	p := plan.Plan{SQL: "SELECT range FROM range(1000000)", Columns: []plan.Column{{Name: "x", Kind: event.Int}}}
	if _, err := h.client.Query(context.Background(), p, func(*answer.Batch) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	h.answersOne(t)
}

func TestMaxRows(t *testing.T) {
	h := newHouse(t, Options{MaxRows: 10_000})
	p := plan.Plan{SQL: "SELECT range FROM range(100000)", Columns: []plan.Column{{Name: "x", Kind: event.Int}}}
	lines, sum, err := h.run(p)
	if err != nil || len(lines) != 10_000 || sum.Rows != 10_000 || !sum.Truncated {
		t.Errorf("%d rows, %+v, %v", len(lines), sum, err)
	}
	h.answersOne(t)
}

func TestManyAsk(t *testing.T) {
	h := newHouse(t, Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				lines, _, err := h.run(plan.Plan{SQL: "SELECT range FROM range(10000)", Columns: []plan.Column{{Name: "x", Kind: event.Int}}})
				if err != nil || len(lines) != 10_000 {
					t.Errorf("%d lines, %v", len(lines), err)
				}
			}
		})
	}
	wg.Wait()
}

func TestMissingSegment(t *testing.T) {
	h := newHouse(t, Options{})
	h.files = []plan.File{{Path: h.path("gone.parquet"), Columns: []string{"source.asn"}}}
	if _, _, err := h.ask(t, plan.Request{Where: parse(t, "asn:1"), Count: true}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestDoesNotStart(t *testing.T) {
	h := newHouse(t, Options{Command: []string{"/bin/true"}})
	if _, _, err := h.run(endless); !problem.Is(err, problem.Unavailable) {
		t.Errorf("got %v", err)
	}
}

// TestDiesWithParent starts a child by hand and closes its input.
func TestDiesWithParent(t *testing.T) {
	dir := t.TempDir()
	env, err := settings{Segments: dir, Temp: dir, Memory: 64 << 20, Data: 512 << 20, TempLimit: 64 << 20, Threads: 1}.environment()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(selfPath())
	cmd.Env = env
	cmd.Stdin = strings.NewReader("")
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), "R") {
		t.Errorf("%q, %v", out, err)
	}
	if cmd.ProcessState.Sys().(syscall.WaitStatus).ExitStatus() != 0 {
		t.Errorf("ended with %v", cmd.ProcessState)
	}
}

// TestConfined looks at a child as the kernel sees it.
func TestConfined(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the kernel's limits are Linux's")
	}
	h := newHouse(t, Options{})
	h.answersOne(t)
	proc := fmt.Sprintf("/proc/%d/", h.client.p.cmd.Process.Pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), "NoNewPrivs:\t1") {
		t.Error("it may gain privileges")
	}
	limits, err := os.ReadFile(proc + "limits")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprint(h.client.o.Data); !strings.Contains(string(limits), want) {
		t.Errorf("no limit of %s on memory:\n%s", want, limits)
	}
	environ, err := os.ReadFile(proc + "environ")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(environ), "PATH=") {
		t.Errorf("it has our environment: %s", environ)
	}
	ours, _ := os.Readlink("/proc/self/ns/net")
	if theirs, err := os.Readlink(proc + "ns/net"); err == nil && ours == theirs {
		t.Log("this system forbids it a network of its own")
	}
}

// TestKernelRefusesWriting asks DuckDB without its own locks to write, in a child of its own.
func TestKernelRefusesWriting(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the kernel's limits are Linux's")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "temp"), 0o700); err != nil {
		t.Fatal(err)
	}
	env, err := settings{Segments: dir, Temp: filepath.Join(dir, "temp"), Memory: 64 << 20, Data: 512 << 20, TempLimit: 64 << 20, Threads: 1}.environment()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(selfPath())
	cmd.Env = append(env, "FIREHALL_DUCK_WRITE="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// tryWriting is the child of TestKernelRefusesWriting.
func tryWriting(dir string) int {
	s, err := settingsFromEnvironment()
	if err != nil {
		return 3
	}
	if !s.Confined {
		again, _ := settings{Segments: s.Segments, Temp: s.Temp, Memory: s.Memory, Data: s.Data, TempLimit: s.TempLimit, Threads: 1, Confined: true}.environment()
		if err := restrict(s); err != nil {
			fmt.Println(err)
			return 3
		}
		fmt.Println(syscall.Exec("/proc/self/exe", os.Args, append(again, "FIREHALL_DUCK_WRITE="+dir)))
		return 3
	}
	if err := os.WriteFile(filepath.Join(dir, "temp", "x"), nil, 0o600); err != nil {
		fmt.Println("its own folder:", err)
		return 1
	}
	if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o600); err == nil && hasLandlock() {
		fmt.Println("it writes where the segments are")
		return 1
	}
	return 0
}
