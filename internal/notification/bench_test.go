package notification

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ProtonMail/gopenpgp/v3/profile"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/finding/findingtest"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// seed gives organisations their networks' findings: n stand, and all are due.
func (h *house) seed(b *testing.B, organisations []string, n int) {
	b.Helper()
	perOrg := max(1, n/len(organisations))
	for from := 0; from < n; from += 500_000 {
		in := feeds["green"]
		h.serial++
		in.ID, in.Arrived, in.Rows = fmt.Sprintf("i%d", h.serial), h.clock.Now(), 500_000
		h.intakes[in.ID] = in
		batch := event.NewBatch([32]byte{})
		batch.Const(event.FieldIntake, in.ID)
		batch.Const(event.FieldFeed, in.Feed)
		batch.Const(event.FieldReport, in.Report)
		batch.ConstTime(event.FieldArrival, in.Arrived.UnixMilli())
		batch.Column(event.FieldTime)
		var fresh []int32
		for i := from; i < min(n, from+500_000); i++ {
			o := sight{ip: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String()}
			if i >= 1<<24 {
				b.Fatal("too many")
			}
			org := organisations[min(i/perOrg, len(organisations)-1)]
			h.owners[o.ip] = org
			a := o.asset()
			batch.Begin(fmt.Append(nil, i))
			batch.Column(event.FieldSourceIP).Addr(a.Addr)
			batch.Column(event.FieldSourcePort).Int(a.Port)
			batch.Column(event.FieldTime).Time(in.Arrived.Add(-hour).UnixMilli())
			batch.Column(event.FieldType).TextString(a.Type)
			batch.Column(event.FieldIdentifier).TextString(a.Identifier)
			batch.Column(event.FieldTransport).TextString(a.Transport)
			batch.Column(event.FieldRole).TextString(a.Role)
			batch.Column(event.FieldOrganisation).TextString(org)
			batch.End()
			fresh = append(fresh, int32(i-from))
			h.events = append(h.events, Evidence{
				Asset: a, Organisation: org, Intake: in.ID, Arrival: in.Arrived, Time: in.Arrived.Add(-hour), Fields: map[string]string{
					"time.source": "2026-11-22T11:00:00Z", "source.ip": o.ip, "source.port": "23", "protocol.transport": "tcp", "feed.name": "green",
					"feed.report": "scan_telnet", "classification.type": a.Type, "classification.identifier": a.Identifier, "extra.banner": "login:", "source.asn": "64500",
				},
			})
		}
		rows := h.fold(in.ID+".parquet", batch, fresh)
		h.must(h.db.Write(ctx, func(tx *sqldb.Tx) error {
			return event.Publish(tx, nil, []event.Fold{{Path: in.ID + ".parquet", Intake: in.ID, Rows: rows}})
		}))
		_, err := h.Findings.Apply(ctx, system, nil)
		h.must(err)
	}
}

// members puts organisations with one contact each into the register, quickly.
func (h *house) members(n int, key string) []string {
	h.Helper()
	ids := make([]string, n)
	h.must(h.db.Write(ctx, func(tx *sqldb.Tx) error {
		for i := range n {
			ids[i] = fmt.Sprintf("01jd%022d", i)
			if _, err := tx.Exec(`INSERT INTO organisation (id, name, name_key, kind, version, created, updated) VALUES ($1, $2, $2, 'constituent', 1, 0, 0)`,
				ids[i], fmt.Sprintf("organisation %d", i)); err != nil {
				return err
			}
		}
		return nil
	}))
	one, err := h.Register.AddContact(ctx, system, constituency.Contact{Organisation: ids[0], Address: "soc@o0.example", Purpose: constituency.Abuse, Key: key})
	h.must(err)
	h.must(h.db.Write(ctx, func(tx *sqldb.Tx) error {
		for i := 1; i < n; i++ {
			_, err := tx.Exec(`INSERT INTO contact (id, organisation, channel, address, purpose, health, version, pgp_key, pgp_fingerprint)
				SELECT $1, $2, channel, $3, purpose, health, version, pgp_key, pgp_fingerprint FROM contact WHERE id = $4`,
				fmt.Sprintf("01jc%022d", i), ids[i], fmt.Sprintf("soc@o%d.example", i), one.ID)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return ids
}

// BenchmarkPlan plans over the findings that stand (FIREHALL_BENCH_STANDING), of which one in fifty is due, of 10,000 organisations.
func BenchmarkPlan(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			h := newHouse(b, sqldbtest.Open(b, engine), plain)
			n := findingtest.Standing(b, 20_000)
			h.members(findingtest.Organisations, "")
			h.must(h.db.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.Exec(`INSERT INTO finding_source (bit, feed, label, receivers, attribution) VALUES (0, 'shadowserver', 1, '["constituent"]', '')`)
				return err
			}))
			seen := h.clock.Now().Add(-hour)
			findingtest.Fill(b, h.db, findingtest.Range{To: n, Seen: seen, Told: seen.Add(-hour), Next: seen.Add(24 * hour), Due: 50})
			for b.Loop() {
				if messages := h.plan(); len(messages) < min(findingtest.Organisations, n/50) {
					b.Fatal(len(messages))
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/plan")
		})
	}
}

// BenchmarkRun decides, groups, renders and queues messages to FIREHALL_BENCH_MESSAGES organisations about five findings each: by a channel that
// does nothing, and signed and encrypted by the mail channel.
func BenchmarkRun(b *testing.B) {
	messages, err := strconv.Atoi(os.Getenv("FIREHALL_BENCH_MESSAGES"))
	if err != nil {
		messages = 200
	}
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		for _, kind := range []string{"rendered", "encrypted"} {
			b.Run(string(engine)+"/"+kind, func(b *testing.B) {
				making := 0.0
				for b.Loop() {
					b.StopTimer()
					h := benchHouse(b, engine, kind == "encrypted", messages)
					b.StartTimer()
					r := h.send()
					making += r.Making
					if r.Messages != int64(messages) || r.Events != int64(5*messages) {
						b.Fatalf("%+v", r)
					}
				}
				b.ReportMetric(making/float64(b.N), "making-s/run")
				b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
				b.ReportMetric(float64(messages)*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			})
		}
	}
}

func benchHouse(b *testing.B, engine sqldb.Engine, encrypted bool, messages int) *house {
	b.Helper()
	c := plain
	c.MaxMessages = messages
	h := newHouse(b, sqldbtest.Open(b, engine), c)
	h.post.keep, h.Workers = false, runtime.GOMAXPROCS(0)
	h.Owner = func(f finding.Finding) (organisation, network, rule string) { return f.Organisation, f.Network, f.Rule }
	key := ""
	if encrypted {
		key = newKey(b)
		ring := keyring.Open(disk.OS{}, b.TempDir(), h.clock)
		ch, err := mail.New(mail.Config{From: "cert@cert.example", FromName: "CERT Demonstra", Maildir: b.TempDir()}, ring, h.clock, slog.New(slog.DiscardHandler))
		h.must(err)
		h.Delivery = delivery.New(delivery.Options{DB: h.db, Clock: h.clock, Log: h.Log, Holder: "test", Alone: true, Channels: []delivery.Channel{ch}})
	}
	h.seed(b, h.members(messages, key), 5*messages)
	h.approve()
	byOrganisation := map[string][]Evidence{}
	for _, e := range h.events {
		byOrganisation[e.Organisation] = append(byOrganisation[e.Organisation], e)
	}
	h.Evidence = func(_ context.Context, q EvidenceQuery, each func(Evidence) error) error {
		for _, o := range q.Organisations {
			for _, e := range byOrganisation[o] {
				if err := each(e); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return h
}

// newKey makes an Ed25519/X25519 key as contacts have.
func newKey(b *testing.B) string {
	b.Helper()
	k, err := crypto.PGPWithProfile(profile.Default()).KeyGeneration().AddUserId("soc", "soc@o0.example").New().GenerateKey()
	if err != nil {
		b.Fatal(err)
	}
	public, err := k.GetArmoredPublicKey()
	if err != nil || !bytes.Contains([]byte(public), []byte("PUBLIC KEY")) {
		b.Fatal(err)
	}
	return public
}
