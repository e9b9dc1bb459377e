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
	Data      Data            `key:"data" doc:"Where Firehall keeps its data."`
	Database  Database        `key:"database" doc:"Where the state is kept: who is who, findings, intakes, the audit record."`
	Log       Log             `key:"log" doc:"What Firehall says while it works, on standard error."`
	Team      Team            `key:"team" doc:"Who you are."`
	Ingest    Ingest          `key:"ingest" doc:"How feeds are read, and the limits that keep hostile input out."`
	Retention Retention       `key:"retention" doc:"How long events are kept, counted from their arrival."`
	Query     Query           `key:"query" doc:"What one question about events may cost."`
	Enrich    Enrich          `key:"enrich" doc:"Files that tell the network and country of an address where a feed does not."`
	Metrics   Metrics         `key:"metrics" doc:"Figures for Prometheus."`
	RDAP      RDAP            `key:"rdap" doc:"Asking the registries for a network's abuse contact. It tells them what you look at, so each feed must allow it too."`
	Feeds     map[string]Feed `key:"feeds" doc:"A source of observations and its terms; NAME is what you give to firehall ingest --feed."`
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

// Feed is a section [feeds.NAME].
type Feed struct {
	Format                 string            `key:"format" default:"" doc:"What the feed's files are, such as shadowserver, intelmq, csv, json, list, arf, xarf. Empty: the feed's name."`
	TLP                    string            `key:"tlp" default:"amber" doc:"How far its events may be passed on: clear, green, amber, amber+strict, red."`
	Attribution            string            `key:"attribution" default:"" doc:"How recipients are told where an observation comes from. Empty: not at all."`
	Receivers              []string          `key:"receivers" default:"constituent" doc:"Who may receive its events: kinds of organisations (constituent, provider, peer, vendor, authority)."`
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
	Constants              map[string]string `key:"constants" doc:"Fields that are the same in every event of the feed." example:"classification.type=infected-system"`
}

// DefaultFeed returns the terms of a feed that the configuration does not name.
func DefaultFeed() Feed { return fresh[Feed]() }

// Default returns the configuration with nothing configured.
func Default() Config { return fresh[Config]() }
