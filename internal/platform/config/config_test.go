package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
)

const full = `
[data]
dir = "/srv/firehall"

[database]
url = "postgres://db/firehall"

[team]
name = "City CERT"
country = "FI"
timezone = "Europe/Helsinki"
email = "cert@city.example"

[ingest]
workers = 3
part_size = "2MiB"
max_record = 65536
dedupe_window = "1d12h"

[retention]
default = "90d"
classes = { vulnerable = "30d", "malicious-code" = "2d" }

[enrich]
asn = ["asn.mmdb", "more.csv"]

[rdap]
enabled = true
bootstrap = ["ipv4.json"]

[feeds.shadowserver]
tlp = "TLP:AMBER+STRICT"
complete = true

[feeds.honey-pot]
format = "csv"
receivers = ["constituent", "peer"]
separator = "tab"
columns = ["ip", "the port"]
records = "data.list"
times = ["02.01.2006 15:04", "unix"]
zone = "Europe/Helsinki"
assume_time = true
mapping = { ip = "source.ip", "the port" = "source.port" }
[feeds.honey-pot.constants]
classification.type = "brute-force"
"feed.provider" = "us"
`

func parse(t *testing.T, text string, environ ...string) config.Config {
	t.Helper()
	c, err := config.Parse("test.toml", []byte(text), environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParse(t *testing.T) {
	want := config.Default()
	want.Data.Dir = "/srv/firehall"
	want.Database.URL = "postgres://db/firehall"
	want.Team = config.Team{Name: "City CERT", Country: "FI", TimeZone: "Europe/Helsinki", Email: "cert@city.example"}
	want.Ingest.Workers = 3
	want.Ingest.PartSize = 2 << 20
	want.Ingest.MaxRecord = 65536
	want.Ingest.DedupeWindow = 36 * time.Hour
	want.Retention.Default = 90 * 24 * time.Hour
	want.Retention.Classes = map[string]time.Duration{"vulnerable": 30 * 24 * time.Hour, "malicious-code": 48 * time.Hour}
	want.Enrich.ASN = []string{"asn.mmdb", "more.csv"}
	want.RDAP.Enabled, want.RDAP.Bootstrap = true, []string{"ipv4.json"}
	server, pot := config.DefaultFeed(), config.DefaultFeed()
	server.TLP, server.Complete = "TLP:AMBER+STRICT", true
	pot.Format, pot.Receivers = "csv", []string{"constituent", "peer"}
	pot.Separator, pot.Columns, pot.Records = "tab", []string{"ip", "the port"}, "data.list"
	pot.Times, pot.Zone, pot.AssumeTime = []string{"02.01.2006 15:04", "unix"}, "Europe/Helsinki", true
	pot.Mapping = map[string]string{"ip": "source.ip", "the port": "source.port"}
	pot.Constants = map[string]string{"classification.type": "brute-force", "feed.provider": "us"}
	want.Feeds = map[string]config.Feed{"shadowserver": server, "honey-pot": pot}
	if diff := cmp.Diff(want, parse(t, full)); diff != "" {
		t.Error(diff)
	}
}

func TestDefaults(t *testing.T) {
	c := parse(t, "")
	if diff := cmp.Diff(config.Default(), c); diff != "" {
		t.Error(diff)
	}
	if c.Data.Dir != "data" || c.Ingest.PartSize != 4<<20 || c.Query.Deadline != 30*time.Second || c.RDAP.Enabled || c.Metrics.Listen != "" {
		t.Errorf("got %+v", c)
	}
	c.Feeds["x"] = config.Feed{}
	c.Retention.Classes["x"] = 1
	if d := config.Default(); len(d.Feeds) != 0 || len(d.Retention.Classes) != 0 {
		t.Error("two defaults share a map")
	}
}

func TestEnvironmentGoesBeforeTheFile(t *testing.T) {
	c := parse(
		t, full, "PATH=/bin", "FIREHALL_DATA_DIR=/tmp/x", "FIREHALL_INGEST_WORKERS=7", "FIREHALL_INGEST_DEDUPE_MEMORY=1GiB",
		"FIREHALL_ENRICH_ASN=a.csv, b.csv", "FIREHALL_RDAP_ENABLED=false", "FIREHALL_QUERY_DEADLINE=5s", "FIREHALL_TEST_POSTGRES=postgres://",
	)
	if c.Data.Dir != "/tmp/x" || c.Ingest.Workers != 7 || c.Ingest.DedupeMemory != 1<<30 || c.RDAP.Enabled ||
		c.Query.Deadline != 5*time.Second || !cmp.Equal(c.Enrich.ASN, []string{"a.csv", "b.csv"}) || c.Team.Name != "City CERT" {
		t.Errorf("got %+v", c)
	}
}

func TestErrorsNameWhereAndWhat(t *testing.T) {
	tests := []struct {
		name, text, env string
		want            []string
	}{
		{"unknown key", "[ingest]\n\nworkres = 1", "", []string{`test.toml line 3: ingest.workres: unknown key, did you mean "workers"?`}},
		{"unknown section", "[ingst]\nworkers = 1", "", []string{`line 1: ingst: unknown key, did you mean "ingest"?`}},
		{"unknown key in a feed", "[feeds.a]\nformt = 'csv'", "", []string{`line 2: feeds.a.formt: unknown key, did you mean "format"?`}},
		{"far from any", "[log]\nzzzzzz = 1", "", []string{"line 2: log.zzzzzz: unknown key"}},
		{"text for a number", "[ingest]\nworkers = 'many'", "", []string{"ingest.workers: many must be a whole number"}},
		{"number for text", "[data]\ndir = 3", "", []string{"data.dir: 3 must be text"}},
		{"text for a bool", "[rdap]\nenabled = 'yes'", "", []string{"rdap.enabled: yes must be true or false"}},
		{"no list", "[enrich]\nasn = 'x'", "", []string{"enrich.asn: x must be a list"}},
		{"number in a list", "[enrich]\nasn = [1]", "", []string{"enrich.asn: 1 in the list must be text"}},
		{"number for a duration", "[query]\ndeadline = 30", "", []string{`query.deadline: "30" is no duration`}},
		{"bad size", "[query]\nmemory = '1 apple'", "", []string{`query.memory: "1 apple" is no size`}},
		{"negative size", "[query]\nmemory = -1", "", []string{"query.memory"}},
		{"value for a section", "data = 'x'", "", []string{"line 1: data: this is a table"}},
		{"value for a feed", "[feeds]\na = 'x'", "", []string{"line 2: feeds.a: this is a table"}},
		{"value for all feeds", "feeds = 1", "", []string{"feeds: this is a table"}},
		{"number in a mapping", "[feeds.a.mapping]\nip = 3", "", []string{"line 2: feeds.a.mapping.ip: 3 must be text"}},
		{"number deep in a mapping", "[feeds.a.constants]\na.b.c = 3", "", []string{"feeds.a.constants.a.b.c: 3 must be text"}},
		{"too large a number", "[ingest]\nworkers = 99999999999", "", []string{"ingest.workers"}},
		{"environment, unknown", "", "FIREHALL_INGEST_WORKRES=1", []string{`FIREHALL_INGEST_WORKRES in the environment: unknown variable, did you mean "FIREHALL_INGEST_WORKERS"?`}},
		{"environment, bad number", "", "FIREHALL_INGEST_WORKERS=x", []string{`FIREHALL_INGEST_WORKERS in the environment: "x" must be a whole number`}},
		{"environment, bad bool", "", "FIREHALL_RDAP_ENABLED=x", []string{"must be true or false"}},
		{"environment, map", "", "FIREHALL_RETENTION_CLASSES=x", []string{"unknown variable"}},
		{"no TOML", "[data\n", "", []string{"test.toml line 1"}},
		{"key twice", "[data]\ndir = 'a'\ndir = 'b'", "", []string{"test.toml"}},
		{"log level", "[log]\nlevel = 'wran'\nformat = 'xml'", "", []string{`did you mean "warn"?`, "log.format"}},
		{"country", "[team]\ncountry = 'Finland'", "", []string{"team.country"}},
		{"zone", "[team]\ntimezone = 'Mars/Olympus'", "", []string{"team.timezone"}},
		{"mail", "[team]\nemail = 'Ada <ada@x.example>'", "", []string{"team.email"}},
		{"ranges", "[ingest]\nworkers = -1\npart_size = '1B'\nmax_record = '1TiB'\nmax_ratio = 1", "", []string{"ingest.workers", "ingest.part_size", "ingest.max_record", "ingest.max_ratio"}},
		{"query's ranges", "[query]\nthreads = 0\nmax_rows = 0\ndeadline = '1ms'\nmemory = '1MiB'", "", []string{"query.threads", "query.max_rows", "query.deadline", "query.memory"}},
		{"class", "[retention.classes]\nvulnerble = '1d'", "", []string{`retention.classes.vulnerble: this is no class of the taxonomy, did you mean "vulnerable"?`}},
		{"metrics", "[metrics]\nlisten = 'everywhere'", "", []string{"metrics.listen"}},
		{"metrics' port", "[metrics]\nlisten = ':99999'", "", []string{"metrics.listen"}},
		{"the server's address", "[serve]\nlisten = 'everywhere'", "", []string{"serve.listen"}},
		{"a public URL with a path", "[serve]\npublic_url = 'https://a.example/x'", "", []string{"serve.public_url"}},
		{"a certificate without its key", "[serve]\ntls_cert = 'a.pem'", "", []string{"serve.tls_cert"}},
		{"two sources of certificates", "[serve]\ntls_cert = 'a.pem'\ntls_key = 'a.key'\nacme_domains = ['a.example']", "", []string{"serve.acme_domains"}},
		{"a proxy that is none", "[serve]\ntrusted_proxies = ['proxy.example']", "", []string{"serve.trusted_proxies"}},
		{
			"limits too small", "[serve]\nread_timeout = '1ms'\nmax_header = '1KiB'\nmax_connections = 1", "",
			[]string{"serve.read_timeout", "serve.max_header", "serve.max_connections"},
		},
		{"rdap without files", "[rdap]\nenabled = true\nrate = 0", "", []string{"rdap.bootstrap", "rdap.rate"}},
		{"feed", "[feeds.'A b']\ntlp = 'orange'\nreceivers = ['constituents']\ncadence = '1s'", "", []string{"feeds.A b:", ".tlp", `did you mean "constituent"?`, ".cadence"}},
		{"separator", "[feeds.a]\nseparator = '||'\n[feeds.b]\nseparator = '\"'\n[feeds.c]\nseparator = 'é'", "", []string{"feeds.a.separator", "feeds.b.separator", "feeds.c.separator"}},
		{"zone of a feed", "[feeds.a]\nzone = 'Helsinki'", "", []string{`feeds.a.zone: "Helsinki" is not known`}},
		{"columns", "[feeds.a]\ncolumns = ['ip', 'port', 'ip']\n[feeds.b]\ncolumns = ['']", "", []string{`feeds.a.columns: "ip" is empty or stands twice`, "feeds.b.columns"}},
		{"layouts", "[feeds.a]\ntimes = ['02.01.2006', 'unix', 'YYYY-MM-DD']", "", []string{`feeds.a.times: "YYYY-MM-DD" says nothing`}},
		{"no folder", "[data]\ndir = ''", "", []string{"data.dir"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Parse("test.toml", []byte(tt.text), []string{tt.env})
			if !problem.Is(err, problem.Invalid) {
				t.Fatalf("got %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v\nwant %s", err, want)
				}
			}
		})
	}
}

func TestAllErrorsAtOnceInTheFilesOrder(t *testing.T) {
	_, err := config.Parse("f", []byte("[log]\nlevel = 'x'\n\n\n\n\n\n\n[data]\ndir = 1\n[nonsense]\n"), []string{"FIREHALL_LOG_X=1"})
	want := regexp.MustCompile(`(?s)wrong in 4 places:.*FIREHALL_LOG_X.*line 2:.*line 10:.*line 11:`)
	if err == nil || !want.MatchString(err.Error()) {
		t.Errorf("got %v", err)
	}
}

func TestSecretsFromFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "[database]\nurl_file = '" + file + "'"
	if c := parse(t, text); c.Database.URL != "postgres://secret" {
		t.Errorf("from the file: %q", c.Database.URL)
	}
	if c := parse(t, "", "FIREHALL_DATABASE_URL_FILE="+file); c.Database.URL != "postgres://secret" {
		t.Errorf("from the environment: %q", c.Database.URL)
	}
	tests := []struct{ name, text, env string }{
		{"both", text + "\nurl = 'postgres://x'", ""},
		{"both in the environment", "", "FIREHALL_DATABASE_URL_FILE=" + file},
		{"not there", "[database]\nurl_file = '" + file + "x'", ""},
		{"no name", "[database]\nurl_file = 3", ""},
		{"not a secret", "[data]\ndir_file = '" + file + "'", ""},
	}
	for _, tt := range tests {
		_, err := config.Parse("f", []byte(tt.text), []string{tt.env, "FIREHALL_DATABASE_URL=postgres://x"})
		if !problem.Is(err, problem.Invalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "firehall.toml")
	if err := os.WriteFile(file, []byte(full), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, nil)
	if err != nil || c.Data.Dir != "/srv/firehall" {
		t.Errorf("got %+v, %v", c, err)
	}
	if c, err := config.Load("", []string{"FIREHALL_DATA_DIR=x"}); err != nil || c.Data.Dir != "x" {
		t.Errorf("without a file: %+v, %v", c, err)
	}
	if _, err := config.Load(file+"x", nil); !problem.Is(err, problem.Invalid) {
		t.Errorf("a file that is not there: %v", err)
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, 5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(big, nil); !problem.Is(err, problem.Invalid) {
		t.Errorf("a huge file: %v", err)
	}
}

var commented = regexp.MustCompile(`(?m)^#((?:\[|[a-z_"][a-z_.".]* = ).*)$`)

// What is printed is a configuration, with the comment signs as without them,
// and holds the defaults.
func TestPrintedFileIsTheDefault(t *testing.T) {
	var out bytes.Buffer
	if err := config.Print(&out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default(), parse(t, out.String())); diff != "" {
		t.Error(diff)
	}
	text := strings.ReplaceAll(commented.ReplaceAllString(out.String(), "$1"), ".NAME", ".name")
	want := config.Default()
	feed := config.DefaultFeed()
	feed.Mapping["ip_address"] = "source.ip"
	feed.Constants["classification.type"] = "infected-system"
	feed.IEP["permitted_actions"] = "none"
	want.Feeds["name"] = feed
	want.TAXII["name"] = config.TAXII{Label: "amber", Types: []string{}, Every: 15 * time.Minute, MaxFetch: 64 << 20}
	want.TakedownExits["name"] = config.TakedownExit{}
	want.TakedownProviders["name"] = config.TakedownProvider{TokenHeader: "Authorization"}
	want.Retention.Classes["vulnerable"] = 90 * 24 * time.Hour
	if diff := cmp.Diff(want, parse(t, text)); diff != "" {
		t.Errorf("uncommented: %s\n%s", diff, text)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 102 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	var visit func(typ reflect.Type, path string)
	visit = func(typ reflect.Type, path string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			at := path + "." + f.Tag.Get("key")
			if f.Tag.Get("key") == "" || !strings.HasSuffix(f.Tag.Get("doc"), ".") {
				t.Errorf("%s (%s) lacks a key or a documentation in sentences", at, f.Name)
			}
			if f.Type.Kind() == reflect.Map && f.Type.Elem().Kind() == reflect.Struct {
				visit(f.Type.Elem(), at)
			} else if f.Type.Kind() == reflect.Struct {
				visit(f.Type, at)
			}
		}
	}
	visit(reflect.TypeFor[config.Config](), "")
}

func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add("feeds.a.mapping.b.c = 1")
	f.Add("[[feeds]]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "_file") { // would read files
			return
		}
		_, err := config.Parse("f", []byte(text), nil)
		if err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("got %v", err)
		}
	})
}
