package config

import (
	"cmp"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Words that some keys choose from.
var (
	logLevels     = []string{"debug", "info", "warn", "error"}
	logFormats    = []string{"text", "json"}
	receiverKinds = []string{"constituent", "provider", "peer", "vendor", "authority"}

	feedName    = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

	// probe shares no part with the reference time.
	probe = time.Date(2019, 11, 23, 18, 37, 48, 0, time.UTC)
)

// validate checks what single values cannot tell by their type.
func (b *binder) validate(c *Config) {
	if c.Data.Dir == "" {
		b.complain("data.dir", "a folder is needed")
	}
	b.oneOf("log.level", c.Log.Level, logLevels)
	b.oneOf("log.format", c.Log.Format, logFormats)
	b.team(c.Team)
	b.ingest(c.Ingest)
	b.query(c.Query)
	for class := range c.Retention.Classes {
		b.class(class)
	}
	b.serve(c.Serve)
	b.accounts(c.Accounts)
	b.metrics(c.Metrics)
	b.atLeast("rdap.rate", int64(c.RDAP.Rate), 1)
	if c.RDAP.Enabled && len(c.RDAP.Bootstrap) == 0 {
		b.complain("rdap.bootstrap", "rdap is enabled, so IANA's bootstrap files must be named")
	}
	b.mail(c.Mail)
	b.notify(c.Notify)
	b.push(c.Push)
	b.audit(c.Audit, c.Data.Dir)
	b.reports(c.Reports)
	b.takedown(c)
	b.form(c.Form, c.Serve.MaxBody)
	b.directory(c)
	b.sharing(c)
	b.indicators(c)
	b.clocks(c.Clocks)
	for name, f := range c.Feeds {
		b.feed(name, f)
		for other, g := range c.Feeds {
			if f.Peer != "" && g.Peer == f.Peer && other < name {
				b.complain("feeds."+name+".peer", "is that of feeds.%s too: what a team observed comes into one feed", other)
			}
		}
	}
}

func (b *binder) oneOf(key, got string, words []string) {
	if !slices.Contains(words, got) {
		b.complain(key, "%q is not one of %q%s", got, words, nearest.Hint(got, words))
	}
}

func (b *binder) atLeast(key string, got, least int64) {
	if got < least {
		b.complain(key, "must be at least %d", least)
	}
}

func (b *binder) team(t Team) {
	if t.Country != "" && !countryCode.MatchString(t.Country) {
		b.complain("team.country", "%q must be two capital letters, such as \"FI\"", t.Country)
	}
	if _, err := time.LoadLocation(t.TimeZone); err != nil {
		b.complain("team.timezone", "%q is not known: write it as \"Europe/Helsinki\", or \"UTC\"", t.TimeZone)
	}
	if t.Email == "" {
		return
	}
	if a, err := mail.ParseAddress(t.Email); err != nil || a.Address != t.Email {
		b.complain("team.email", "%q is no mail address", t.Email)
	}
}

func (b *binder) ingest(i Ingest) {
	b.atLeast("ingest.workers", int64(i.Workers), 0)
	b.between("ingest.part_size", i.PartSize, 64<<10, 256<<20)
	b.between("ingest.max_record", i.MaxRecord, 1<<10, 256<<20)
	b.between("ingest.max_decompressed", i.MaxDecompressed, 1<<20, 1<<50)
	b.atLeast("ingest.max_ratio", int64(i.MaxRatio), 2)
	b.between("ingest.dedupe_memory", i.DedupeMemory, 1<<20, 1<<40)
}

func (b *binder) query(q Query) {
	b.between("query.memory", q.Memory, 32<<20, 1<<40)
	b.atLeast("query.threads", int64(q.Threads), 1)
	b.atLeast("query.max_rows", int64(q.MaxRows), 1)
	if q.Deadline < 100*time.Millisecond {
		b.complain("query.deadline", "must be at least 100ms")
	}
}

func (b *binder) between(key string, got, least, most Size) {
	if got < least || got > most {
		b.complain(key, "%s must be between %s and %s", got, least, most)
	}
}

func (b *binder) class(name string) {
	if slices.Contains(rsit.Classes(), rsit.Class(name)) {
		return
	}
	var words []string
	for _, c := range rsit.Classes() {
		words = append(words, string(c))
	}
	b.complain("retention.classes."+name, "this is no class of the taxonomy%s", nearest.Hint(name, words))
}

func (b *binder) metrics(m Metrics) {
	if m.Listen != "" {
		b.listen("metrics.listen", m.Listen, "127.0.0.1:9464")
	}
}

// listen checks an address and a port.
func (b *binder) listen(key, address, example string) {
	_, port, err := net.SplitHostPort(address)
	if _, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil {
		b.complain(key, "%q must be an address and a port, such as %q", address, example)
	}
}

func (b *binder) feed(name string, f Feed) {
	key := "feeds." + name
	if !feedName.MatchString(name) {
		b.complain(key, "a feed's name is made of small letters, digits, - and _, and has 63 characters at most")
	}
	if _, err := tlp.Parse(f.TLP); err != nil {
		b.complain(key+".tlp", "%v", err)
	}
	b.permitted(key, f)
	for _, r := range f.Receivers {
		b.oneOf(key+".receivers", r, receiverKinds)
	}
	if f.Cadence < time.Minute {
		b.complain(key+".cadence", "must be at least 1m")
	}
	if f.Peer != "" && f.Format != "stix" && (f.Format != "" || name != "stix") {
		b.complain(key+".peer", "what a fellow team tells by objects is STIX: write format = \"stix\"")
	}
	b.mailed(key, cmp.Or(f.Format, name), f)
	b.reading(key, f)
	b.fetching(key, f)
	b.service(key, f)
}

// permitted checks what a feed's source lets be done.
func (b *binder) permitted(key string, f Feed) {
	pap, err := tlp.ParsePAP(f.PAP)
	if err != nil {
		b.complain(key+".pap", "%v", err)
	}
	policy, err := iep.Parse(f.IEP)
	switch {
	case err != nil:
		b.complain(key+".iep", "%v", err)
	case f.RDAP && !max(pap, policy.PAP()).AllowsLookup():
		b.complain(key+".rdap", "its source lets nobody outside be asked (%s): take rdap away", max(pap, policy.PAP()))
	case policy != nil && policy.Attribution == iep.MustNotAttribute && f.Attribution != "":
		b.complain(key+".attribution", "its policy says that the source must not be named: leave it empty")
	case policy != nil && policy.Attribution == iep.MustAttribute && f.Attribution == "":
		b.complain(key+".attribution", "its policy says that the source must be named: say how")
	}
	if strings.ContainsAny(f.Source, "\r\n") {
		b.complain(key+".source", "must be one line")
	}
}

// mailFormats are those whose inputs are mails.
var mailFormats = []string{"arf", "csv-mail", "stix-mail"}

// mailed checks who may mail the feed's inputs.
func (b *binder) mailed(key, format string, f Feed) {
	if len(f.MailFrom) > 0 && !slices.Contains(mailFormats, format) {
		b.complain(key+".mail_from", "format %q is not of mails: use one of %s", format, strings.Join(mailFormats, ", "))
	}
	for _, one := range f.MailFrom {
		if a, err := mail.ParseAddress(one); err != nil || a.Address != one {
			b.complain(key+".mail_from", "%q is no mail address: write it as cert@cert.example", one)
		}
	}
}

// reading checks the keys that say how csv and json are read.
func (b *binder) reading(key string, f Feed) {
	if s := f.Separator; s != "" && s != "tab" && (len(s) != 1 || s[0] >= 0x80 || strings.ContainsAny(s, "\"\r\n")) {
		b.complain(key+".separator", "%q must be one ASCII character, or \"tab\"", s)
	}
	if _, err := time.LoadLocation(f.Zone); err != nil {
		b.complain(key+".zone", "%q is not known: write it as \"Europe/Helsinki\", or \"UTC\"", f.Zone)
	}
	for i, column := range f.Columns {
		if column == "" || slices.Contains(f.Columns[:i], column) {
			b.complain(key+".columns", "%q is empty or stands twice: each column needs a name of its own", column)
		}
	}
	for _, layout := range f.Times {
		// A layout without any of the reference time's parts, such as YYYY-MM-DD, comes back as it is.
		if layout != "unix" && layout != "unixms" && probe.Format(layout) == layout {
			b.complain(key+".times", "%q says nothing: write how the feed would put 2006-01-02 15:04:05, or \"unix\", \"unixms\"", layout)
		}
	}
}
