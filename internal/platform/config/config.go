// Package config reads Firehall's one configuration file and the environment.
//
// The file is TOML. Every key is a field of Config, which carries its meaning
// and its default; Print writes them out as a commented file. A key that is not
// known is an error that names the nearest one. All errors are reported at once.
//
// The environment variable FIREHALL_SECTION_KEY (FIREHALL_DATA_DIR,
// FIREHALL_INGEST_WORKERS) goes before the file; lists are separated by commas.
// The tables [feeds.NAME] and [retention.classes] are in the file only. A secret
// may be kept in a file of its own: KEY_file names that file.
//
// Durations are text such as "90s", "24h", "7d", "1d12h"; sizes are "64MiB",
// "1.5GB" or a number of bytes.
package config

import "time"

// Config is the whole configuration. It is plain data: the rooms check what only
// they can know.
type Config struct {
	Data       Data            `key:"data" doc:"Where Firehall keeps its data."`
	Database   Database        `key:"database" doc:"Where the state is kept: who is who, findings, intakes, the audit record."`
	Log        Log             `key:"log" doc:"What Firehall says while it works, on standard error."`
	Team       Team            `key:"team" doc:"Who you are."`
	Ingest     Ingest          `key:"ingest" doc:"How feeds are read, and the limits that keep hostile input out."`
	Retention  Retention       `key:"retention" doc:"How long events are kept, counted from their arrival."`
	Query      Query           `key:"query" doc:"What one question about events may cost."`
	Enrich     Enrich          `key:"enrich" doc:"Files that tell the network and country of an address where a feed does not."`
	Serve      Serve           `key:"serve" doc:"The server: its pages, its API and the doors for pushed feeds."`
	Accounts   Accounts        `key:"accounts" doc:"How people log in, beside passkeys and passwords: by a single sign-on (OpenID Connect)."`
	Metrics    Metrics         `key:"metrics" doc:"Figures for Prometheus."`
	RDAP       RDAP            `key:"rdap" doc:"Asking the registries for a network's abuse contact. It tells them what you look at, so each feed must allow it too."`
	Mail       Mail            `key:"mail" doc:"How mail leaves: by a relay, or into a maildir."`
	Webhook    Webhook         `key:"webhook" doc:"How messages are posted to the webhooks of contacts."`
	Notify     Notify          `key:"notify" doc:"Who is told when, and how often again."`
	Playbooks  Playbooks       `key:"playbooks" doc:"What your team does about incidents, said beforehand."`
	Audit      Audit           `key:"audit" doc:"The record of who did what: checkpoints that prove later that nothing was taken out of it."`
	Reports    Reports         `key:"reports" doc:"What people and machines report, and who is called when it cannot wait."`
	Form       Form            `key:"form" doc:"The public form for reports, at /report."`
	Directory  Directory       `key:"directory" doc:"The directory of fellow teams, and what of it everybody may ask."`
	RFC2350    RFC2350         `key:"rfc2350" doc:"What /rfc2350 says of the team: who it is, whom it serves, how it is reached. What is empty is left out."`
	Clocks     Clocks          `key:"clocks" doc:"What the law, and you yourselves, want done by when."`
	Indicators Indicators      `key:"indicators" doc:"What is looked for in events, and handed out to be blocked at /blocklists/."`
	Sharing    Sharing         `key:"sharing" doc:"What is shared with fellow teams by TAXII, at /taxii2/."`
	Takedown   Takedown        `key:"takedown" doc:"Blocks and take-downs: who is chased when, and when a thing counts as gone."`
	Push       Push            `key:"push" doc:"Inputs that their source pushes by HTTP while firehall serve runs; firehall feed token FEED lets one in."`
	Feeds      map[string]Feed `key:"feeds" doc:"A source of observations and its terms; NAME is what you give to firehall ingest --feed."`

	SecurityTxt SecurityTxt `key:"security_txt" doc:"Where weaknesses in your own systems are reported."`

	TAXII map[string]TAXII `key:"taxii" doc:"A collection of somebody else's TAXII server that is asked for what is new; NAME is shown with what comes."`

	TakedownExits     map[string]TakedownExit     `key:"takedown_exits" doc:"A way by which it is looked whether a thing is gone; NAME is shown with each check. Phishing hides from some visitors: have several."`
	TakedownProviders map[string]TakedownProvider `key:"takedown_providers" doc:"A provider whose abuse API takes requests for take-downs."`
}

// Data is the section [data].
type Data struct {
	Dir string `key:"dir" default:"data" doc:"The folder for everything: state, events, raw files. Relative to where firehall is started. --data goes before it."`
}

// Database is the section [database].
type Database struct {
	URL string `key:"url" default:"" secret:"true" doc:"Empty: an SQLite file in the data folder. For several machines: postgres://user:password@host/database."`
}

// Log is the section [log].
type Log struct {
	Level  string `key:"level" default:"info" doc:"debug, info, warn or error."`
	Format string `key:"format" default:"text" doc:"text for people, json for machines."`
}

// Team is the section [team].
type Team struct {
	Name     string `key:"name" default:"" doc:"The team's name, as recipients know it."`
	Country  string `key:"country" default:"" doc:"The country you serve, two letters (ISO 3166-1), or empty."`
	TimeZone string `key:"timezone" default:"UTC" doc:"The zone in which times are shown, such as Europe/Helsinki. Stored times are UTC."`
	Email    string `key:"email" default:"" doc:"The team's own mailbox."`
}

// Ingest is the section [ingest].
type Ingest struct {
	Workers         int           `key:"workers" default:"0" doc:"Processors used for reading feeds; 0 is all of them."`
	PartSize        Size          `key:"part_size" default:"4MiB" doc:"How much of a file one worker takes at a time. Memory grows with it."`
	MaxRecord       Size          `key:"max_record" default:"1MiB" doc:"A longer record (line) is set aside."`
	MaxDecompressed Size          `key:"max_decompressed" default:"64GiB" doc:"A file that unpacks to more is refused."`
	MaxRatio        int           `key:"max_ratio" default:"200" doc:"A compressed file that unpacks to more than so many times its size is refused as a bomb."`
	DedupeWindow    time.Duration `key:"dedupe_window" default:"7d" doc:"An identical row of the same feed within this time is a duplicate. 0s: no row is."`
	DedupeMemory    Size          `key:"dedupe_memory" default:"256MiB" doc:"Memory for recognising duplicates; when it is full the oldest rows are forgotten."`
	Drop            string        `key:"drop" default:"" doc:"A folder whose folders are named for feeds: files that are put there are taken in while firehall serve runs. Empty: none."`
}

// Retention is the section [retention].
type Retention struct {
	Default time.Duration            `key:"default" default:"365d" doc:"For events of classes not named below. 0s keeps them for ever."`
	Classes map[string]time.Duration `key:"classes" doc:"For events of one class of the taxonomy (RSIT), by its name." example:"vulnerable=90d"`
}

// Query is the section [query].
type Query struct {
	Memory   Size          `key:"memory" default:"384MiB" doc:"Memory of the process that answers; a question that needs more fails alone."`
	Threads  int           `key:"threads" default:"2" doc:"Processors that it may use."`
	Deadline time.Duration `key:"deadline" default:"30s" doc:"A question that takes longer is ended."`
	MaxRows  int           `key:"max_rows" default:"100000" doc:"An answer is cut after so many rows, and says so."`
}

// Enrich is the section [enrich].
type Enrich struct {
	ASN []string `key:"asn" doc:"Files with the AS number and prefix of addresses: .mmdb, or CSV with prefix,asn,name."`
	Geo []string `key:"geo" doc:"Files with the country of addresses: .mmdb, or CSV with prefix,country."`
}

// Serve is the section [serve].
type Serve struct {
	Listen         string        `key:"listen" default:"127.0.0.1:8080" doc:"Address and port. Without a host it is this machine only. An address that others reach is refused until somebody can log in: an account with a passkey or a password, or a single sign-on."`
	PublicURL      string        `key:"public_url" default:"" doc:"How people reach the pages, such as https://firehall.example.org: for links, and as the name that requests may be for. Empty: the address listened at."`
	TLSCert        string        `key:"tls_cert" default:"" doc:"The certificate with its chain (PEM). It is read again when the file changes. Empty: no TLS here."`
	TLSKey         string        `key:"tls_key" default:"" doc:"The certificate's key (PEM)."`
	ACMEDomains    []string      `key:"acme_domains" doc:"Names for which a certificate is fetched and renewed by ACME (Let's Encrypt). Port 443 of these names must lead here."`
	ACMEEmail      string        `key:"acme_email" default:"" doc:"Where the certificate authority writes if something is wrong."`
	TrustedProxies []string      `key:"trusted_proxies" doc:"Addresses or prefixes of proxies in front. Only they are believed about who asks (X-Forwarded-*, Forwarded)." example:"127.0.0.1"`
	HeaderTimeout  time.Duration `key:"header_timeout" default:"10s" doc:"How long the head of a request may take."`
	ReadTimeout    time.Duration `key:"read_timeout" default:"60s" doc:"How long a request may take to come in; pushed feeds have limits of their own."`
	WriteTimeout   time.Duration `key:"write_timeout" default:"60s" doc:"How long an answer may take, from the request's end; streams have limits of their own."`
	IdleTimeout    time.Duration `key:"idle_timeout" default:"2m" doc:"How long a connection may wait for its next request."`
	StopTimeout    time.Duration `key:"stop_timeout" default:"20s" doc:"How long what is under way may take to end when the server is stopped; then it is cut off, which loses nothing."`
	MaxHeader      Size          `key:"max_header" default:"32KiB" doc:"The head of a request at most."`
	MaxBody        Size          `key:"max_body" default:"32MiB" doc:"The body of a request at most; pushed feeds have a limit of their own."`
	MaxConnections int           `key:"max_connections" default:"512" doc:"Connections at a time; more wait."`
}

// Metrics is the section [metrics].
type Metrics struct {
	Listen string `key:"listen" default:"" doc:"Address and port, such as 127.0.0.1:9464 or :9464, which is this machine only too; another machine may ask only if you name an outside address. Empty: off."`
}

// RDAP is the section [rdap].
type RDAP struct {
	Enabled   bool          `key:"enabled" default:"false" doc:"Whether the registries are asked at all."`
	Bootstrap []string      `key:"bootstrap" doc:"IANA's bootstrap files (asn.json, ipv4.json, ipv6.json) as fetched from data.iana.org/rdap."`
	Rate      int           `key:"rate" default:"30" doc:"Look-ups a minute to one registry at most."`
	Cache     time.Duration `key:"cache" default:"7d" doc:"How long an answer is used again."`
}

// Mail is the section [mail].
type Mail struct {
	From         string        `key:"from" default:"" doc:"The address that messages come from. Empty: team.email."`
	ReplyTo      string        `key:"reply_to" default:"" doc:"The mailbox that people read. Empty: team.email."`
	Relay        string        `key:"relay" default:"" doc:"The SMTP server that takes mail on, host:port. Empty: none."`
	TLS          string        `key:"tls" default:"starttls" doc:"starttls, tls (from the first byte), or off, which is for a relay on this machine only. Without TLS where it is asked for nothing is sent."`
	User         string        `key:"user" default:"" doc:"The name to log in with. Empty: no log-in."`
	Password     string        `key:"password" default:"" secret:"true" doc:"The password to log in with."`
	Hello        string        `key:"hello" default:"" doc:"The name that this machine gives itself. Empty: its host name."`
	Maildir      string        `key:"maildir" default:"" doc:"A folder that messages are put into instead, as a mail program's maildir: for trying out, or for a server that takes them from there."`
	BounceDomain string        `key:"bounce_domain" default:"" doc:"The domain of return paths (bounce+...@domain), whose mail comes back to you. Empty: that of from."`
	DKIMDomain   string        `key:"dkim_domain" default:"" doc:"The domain that signs (DKIM). Empty: that of from. off: no signature; the relay signs."`
	DKIMSelector string        `key:"dkim_selector" default:"firehall" doc:"The name under which the signing key stands in the DNS."`
	Pace         int           `key:"pace" default:"60" doc:"Messages a minute to one recipient domain at most."`
	Timeout      time.Duration `key:"timeout" default:"60s" doc:"How long one answer of the relay is waited for."`
	Doubt        string        `key:"doubt" default:"repeat" doc:"A delivery that was cut off after the message's end may have arrived: repeat it, with the same bytes and Message-ID, or hold it for a person."`
	GiveUp       time.Duration `key:"give_up" default:"5d" doc:"How long a message is tried before the team is told that it cannot be delivered."`
}

// Webhook is the section [webhook].
type Webhook struct {
	Timeout time.Duration `key:"timeout" default:"10s" doc:"How long one exchange may take."`
	GiveUp  time.Duration `key:"give_up" default:"2d" doc:"How long a message is tried."`
}

// Notify is the section [notify].
type Notify struct {
	Every            string            `key:"every" default:"daily" doc:"How often one organisation is told of one class at most: at once (each run), daily or weekly."`
	Classes          map[string]string `key:"classes" doc:"The same for one type of the taxonomy (RSIT)." example:"infected-system=at once"`
	Organisations    map[string]string `key:"organisations" doc:"The same for one organisation by its name, or for one type of it: NAME/TYPE." example:"City Hospital=at once"`
	DailyAt          string            `key:"daily_at" default:"06:00" doc:"When a day begins for the above, in the team's zone; a week begins with Monday's."`
	Quiet            string            `key:"quiet" default:"" doc:"Hours in which nothing is sent but what is at once, such as 22:00-06:00, in the team's zone."`
	AgainCompromised time.Duration     `key:"again_compromised" default:"7d" doc:"When an infected or misused machine is still seen, its owner is told again after so long."`
	AgainVulnerable  time.Duration     `key:"again_vulnerable" default:"30d" doc:"The same for a machine that is merely vulnerable."`
	Oldest           time.Duration     `key:"oldest" default:"7d" doc:"What was seen longer ago causes no mail."`
	MaxMessages      int               `key:"max_messages" default:"1000" doc:"Messages that one run may send; the rest waits for the next run."`
	Odd              int               `key:"odd" default:"10" doc:"A message with so many times the usual findings of its recipient is held for a person."`
	Informational    []string          `key:"informational" doc:"Informational reports (device_id, population_http, scan_ssl, ...) that are sent all the same. Others are only stored."`
	Templates        string            `key:"templates" default:"" doc:"A folder with texts in other languages, or your own in place of the built-in ones. firehall notify --write-templates DIR puts the built-in ones there."`
	Language         string            `key:"language" default:"en" doc:"The language for contacts that name none, or one for which there are no texts."`
	ListRows         int               `key:"list_rows" default:"50" doc:"Observations that stand in the body of a message; all of them are in its attachment."`
	PartSize         Size              `key:"part_size" default:"4MiB" doc:"A larger message is split into parts."`
	MaxParts         int               `key:"max_parts" default:"20" doc:"A message of more parts is held for a person."`
}

// Push is the section [push].
type Push struct {
	MaxSize    Size          `key:"max_size" default:"8GiB" doc:"A larger input is refused."`
	Concurrent int           `key:"concurrent" default:"8" doc:"Inputs received at the same time; who comes then is asked to come again."`
	MinRate    Size          `key:"min_rate" default:"4KiB" doc:"Bytes a second that a sender must reach, over half a minute; a slower one is cut off."`
	Uploads    int           `key:"uploads" default:"16" doc:"Resumable pushes that one token may have open."`
	Expiry     time.Duration `key:"expiry" default:"24h" doc:"A resumable push that nobody goes on with is forgotten after so long."`
}

// Feed is a section [feeds.NAME].
type Feed struct {
	Format                 string            `key:"format" default:"" doc:"What the feed's files are, such as shadowserver, intelmq, csv, csv-mail (mails with CSV attached), json, list, arf, xarf, stix, stix-mail (mails with STIX attached). Empty: the feed's name."`
	TLP                    string            `key:"tlp" default:"amber" doc:"How far its events may be passed on: clear, green, amber, amber+strict, red."`
	Attribution            string            `key:"attribution" default:"" doc:"How recipients are told where an observation comes from. Empty: not at all."`
	Receivers              []string          `key:"receivers" default:"constituent,provider" doc:"Who may receive its events when they are about their own networks: kinds of organisations (constituent, provider, peer, vendor, authority)."`
	PAP                    string            `key:"pap" default:"clear" doc:"What may be done with its events: clear, green, amber (the target is not touched), red (nobody outside is asked about them)."`
	IEP                    map[string]string `key:"iep" doc:"What else its source lets be done: statements of FIRST's IEP 2.0, such as permitted_actions, encrypt_in_transit, affected_party_notifications, attribution, obfuscate_affected_parties, unmodified_resale, end_date." example:"permitted_actions=none"`
	Source                 string            `key:"source" default:"" doc:"Who gives it: an organisation of the register, by name or id, or a mail address. It is asked for another label, and what an agreement with it lets in is held to. Empty: nobody."`
	Retention              time.Duration     `key:"retention" default:"0s" doc:"How long its events are kept if its terms say so. 0s: by class, see [retention]."`
	Complete               bool              `key:"complete" default:"false" doc:"Whether each run lists everything that the source sees, so that absence means something."`
	Cadence                time.Duration     `key:"cadence" default:"24h" doc:"How often it comes; a feed long overdue is reported."`
	RDAP                   bool              `key:"rdap" default:"false" doc:"Whether the registries may be asked about its addresses, see [rdap]."`
	DocumentationAddresses bool              `key:"documentation_addresses" default:"false" doc:"Whether the addresses reserved for documentation (RFC 5737, RFC 3849) count as real. For demonstrations."`
	Separator              string            `key:"separator" default:"" doc:"For csv: what separates the cells, one ASCII character or tab. Empty: what the first line shows, else a comma."`
	Columns                []string          `key:"columns" doc:"For csv without a header line: the names of the columns."`
	Records                string            `key:"records" default:"" doc:"For json: where in the document the list of records stands, such as data.events. Empty: the document is the list."`
	Times                  []string          `key:"times" doc:"For csv and json: how times are written, tried in turn: 2006-01-02 15:04:05 put as the feed would put it, or unix, unixms. What none fits is read as ISO 8601 or Unix time."`
	Zone                   string            `key:"zone" default:"" doc:"For csv and json: the zone of times that name none, such as Europe/Helsinki. Empty: UTC."`
	AssumeTime             bool              `key:"assume_time" default:"false" doc:"For csv and json: whether a record without a time gets that of its arrival. Otherwise it is set aside."`
	Mapping                map[string]string `key:"mapping" doc:"For csv and json: which column is which field." example:"ip_address=source.ip"`
	URL                    string            `key:"url" default:"" doc:"Where the feed is fetched from, https. Empty: it is not fetched."`
	Every                  time.Duration     `key:"every" default:"0s" doc:"How often it is fetched. 0s: as often as it comes, see cadence."`
	User                   string            `key:"user" default:"" doc:"The name to log in with at url."`
	Password               string            `key:"password" default:"" secret:"true" doc:"The password to log in with at url."`
	Token                  string            `key:"token" default:"" secret:"true" doc:"A token that url asks for."`
	TokenHeader            string            `key:"token_header" default:"Authorization" doc:"The header in which the token is sent; in Authorization it stands behind Bearer."`
	Internal               bool              `key:"internal" default:"false" doc:"Whether url may be on this machine or in a private network, and plain http. Only for a source of your own."`
	MaxFetch               Size              `key:"max_fetch" default:"4GiB" doc:"A larger answer of url, or a larger report, is refused."`
	API                    string            `key:"api" default:"" doc:"A service that reports are fetched from: shadowserver. Empty: none."`
	APIURL                 string            `key:"api_url" default:"https://transform.shadowserver.org/api2/" doc:"Where the service is asked."`
	APIDownload            string            `key:"api_download" default:"https://dl.shadowserver.org/" doc:"Where its reports lie, by their id. Empty: the service itself gives them (reports/download)."`
	APIKey                 string            `key:"api_key" default:"" doc:"The key that the service gave you."`
	APISecret              string            `key:"api_secret" default:"" secret:"true" doc:"The secret that belongs to the key."`
	APIReports             []string          `key:"api_reports" doc:"Lists that you are subscribed to. None named: all."`
	APITypes               []string          `key:"api_types" doc:"Kinds of reports, such as scan_telnet. None named: all."`
	APIDays                int               `key:"api_days" default:"7" doc:"How many days back reports are looked for, so that those are fetched that came while nobody asked."`
	Peer                   string            `key:"peer" default:"" doc:"The id, in the register, of the fellow team whose observations, given by TAXII or asked for at its server, come into this feed; its format is stix. Empty: each team has a feed of its own, peer-ID, under the terms that stand here as defaults."`
	MailFrom               []string          `key:"mail_from" doc:"For arf, csv-mail and stix-mail: senders, as mail addresses, whose mails to the team are inputs of this feed instead of reports. Only if a signature or DMARC proves the sender, and the mail holds what the format reads."`
	Drop                   string            `key:"drop" default:"" doc:"A folder of the feed's own: files that are put there are taken in while firehall serve runs. Empty: none."`
	Constants              map[string]string `key:"constants" doc:"Fields that are the same in every event of the feed." example:"classification.type=infected-system"`
}

// DefaultFeed returns the terms of a feed that the configuration does not name.
func DefaultFeed() Feed { return fresh[Feed]() }

// Default returns the configuration with nothing configured.
func Default() Config { return fresh[Config]() }
