package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

// startLimit is how long a cold process may take to answer.
const startLimit = time.Second

const startRuns = 5

// startPoint asks a cold process for one address, with a register and an enrichment table of 1.2 million prefixes each (in a full run).
func startPoint(ctx context.Context, h *house) (table, error) {
	n := h.rows * 6 / 5
	t := table{title: "Start", head: []string{"what", "time", "CPU", "peak RSS"}}
	site, err := h.largeSite(ctx, n)
	if err != nil {
		return t, err
	}
	defer func() { _ = os.RemoveAll(site.dir) }()
	t.add("import of the register, once", seconds(site.imported.wall), seconds(site.imported.cpu), mebibytes(site.imported.peak))
	without, err := site.who(ctx, h, true)
	if err != nil {
		return t, err
	}
	with, err := site.who(ctx, h, false)
	if err != nil {
		return t, err
	}
	t.add("`firehall who 11.1.2.3`, no snapshots yet: made from state store and CSV", seconds(without.wall), seconds(without.cpu), mebibytes(without.peak))
	t.add("the same, snapshots there", seconds(with.wall), seconds(with.cpu), mebibytes(with.peak))
	t.note("%s networks in the register, %s prefixes in the enrichment table. The median of %d cold processes, from exec to exit; files are in the page cache. "+
		"The snapshots make it %s quicker.", thousands(int64(n)), thousands(int64(n)), startRuns, ratio(without.wall.Seconds()/with.wall.Seconds()))
	t.gates = append(t.gates, atMost("start with snapshots", float64(with.wall.Milliseconds()), float64(startLimit.Milliseconds()), " ms"))
	return t, nil
}

// site is an installation with a large register.
type site struct {
	dir      string
	args     []string // data folder and configuration
	imported usage
}

func (h *house) largeSite(ctx context.Context, n int) (s site, err error) {
	s.dir = filepath.Join(h.dir, "large")
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return s, err
	}
	register, prefixes, config := filepath.Join(s.dir, "register.csv"), filepath.Join(s.dir, "prefixes.csv"), filepath.Join(s.dir, "firehall.toml")
	err = errors.Join(
		writeFile(register, func(w io.Writer) error { return writeRegister(w, drawPrefixes(n, 1)) }),
		writeFile(prefixes, func(w io.Writer) error { return writePrefixes(w, drawPrefixes(n, 2)) }),
		os.WriteFile(config, fmt.Appendf(nil, "[enrich]\nasn = [%q]\n", prefixes), 0o600))
	if err != nil {
		return s, err
	}
	data := filepath.Join(s.dir, "data")
	s.args = []string{"--data", data, "--config", config}
	// The import runs without the enrichment, which it does not need.
	s.imported, err = h.run(ctx, "--data", data, "constituency", "import", register)
	return s, err
}

// who asks for one address in cold processes, and gives the one of median time.
func (s site) who(ctx context.Context, h *house, without bool) (usage, error) {
	runs, walls := make([]usage, 0, startRuns), make([]time.Duration, 0, startRuns)
	for range startRuns {
		if without {
			if err := s.forget(); err != nil {
				return usage{}, err
			}
		}
		u, err := h.run(ctx, append(s.args[:len(s.args):len(s.args)], "who", "11.1.2.3")...)
		if err != nil {
			return u, err
		}
		runs, walls = append(runs, u), append(walls, u.wall)
		if without && u.wall > 5*startLimit {
			break // known well enough
		}
	}
	want := median(walls)
	for _, u := range runs {
		if u.wall == want {
			return u, nil
		}
	}
	return usage{}, errors.New("no run")
}

// forget removes the snapshots.
func (s site) forget() error {
	list, err := filepath.Glob(filepath.Join(s.dir, "data", "*.snapshot"))
	for _, path := range list {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// drawPrefixes draws different prefixes: five of 11.0.0.0/8 (/20 to /28) to one of 2001:db8::/32 (/40 to /56). The first is 11.1.2.0/24.
func drawPrefixes(n int, seed uint64) []netip.Prefix {
	r := rand.New(rand.NewPCG(seed, 7))
	first := netip.MustParsePrefix("11.1.2.0/24")
	seen, list := map[netip.Prefix]bool{first: true}, []netip.Prefix{first}
	for len(list) < n {
		var p netip.Prefix
		if len(list)%6 == 5 {
			a := [16]byte{0x20, 0x01, 0x0d, 0xb8, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}
			p = netip.PrefixFrom(netip.AddrFrom16(a), 40+r.IntN(17)).Masked()
		} else {
			a := [4]byte{11, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}
			p = netip.PrefixFrom(netip.AddrFrom4(a), 20+r.IntN(9)).Masked()
		}
		if !seen[p] {
			seen[p] = true
			list = append(list, p)
		}
	}
	return list
}

// startOrganisations is how many share the large register's networks.
const startOrganisations = 20_000

func writeRegister(w io.Writer, list []netip.Prefix) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "organisation,kind,country,network,contact,purpose")
	for i, p := range list {
		org := i % startOrganisations
		fmt.Fprintf(out, "Organisation %d,constituent,AQ,%s,security@org%d.example,security\n", org, p, org)
	}
	return out.Flush()
}

func writePrefixes(w io.Writer, list []netip.Prefix) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "prefix,asn,name,cc")
	for i, p := range list {
		fmt.Fprintf(out, "%s,%d,Network %d,AQ\n", p, 4_200_000_000+i%40_000, i%40_000)
	}
	return out.Flush()
}
