//go:build ignore

// Command generate writes lists/ from a folder with the lists of
// MISP/misp-warninglists: go run generate.go FOLDER. It is run by hand, when
// somebody fetches newer lists.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	from := os.Args[1]
	tlds, dated := read(from, "tlds.json")
	for i := range tlds {
		tlds[i] = strings.ToLower(tlds[i])
	}
	write("tlds.txt", header("top-level domains", "tlds", dated)+lines(tlds))
	common, d1 := read(from, "common-ioc-false-positive.json")
	write("common-hashes.txt", header("hashes of files that are everywhere", "common-ioc-false-positive", d1)+lines(common))
	empty, d2 := read(from, "empty-hashes.json")
	write("empty-hashes.txt", header("hashes of nothing", "empty-hashes", d2)+lines(empty))
	resolvers, d3 := read(from, "public-dns-v4.json")
	write("public-dns-v4.txt", header("public DNS resolvers; the addresses are in public-dns-v4.bin, ascending, each as the varint of its distance from the one before", "public-dns-v4", d3))
	write("public-dns-v4.bin", string(distances(resolvers)))
}

func read(folder, name string) (list []string, version int) {
	var file struct {
		List    []string
		Version int
	}
	raw, err := os.ReadFile(filepath.Join(folder, name))
	must(err)
	must(json.Unmarshal(raw, &file))
	return file.List, file.Version
}

func header(what, list string, version int) string {
	return fmt.Sprintf("# %s\n# from MISP/misp-warninglists, list %s, version %d, CC0-1.0\n", what, list, version)
}

func lines(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "\n") + "\n"
}

func distances(list []string) []byte {
	var all []uint32
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			p = netip.PrefixFrom(netip.MustParseAddr(text), 32)
		}
		if p.Bits() != 32 {
			panic("a resolver is one address: " + text)
		}
		b := p.Addr().As4()
		all = append(all, binary.BigEndian.Uint32(b[:]))
	}
	slices.Sort(all)
	var out []byte
	last := uint32(0)
	for _, a := range slices.Compact(all) {
		out = binary.AppendUvarint(out, uint64(a-last))
		last = a
	}
	return out
}

func write(name, text string) { must(os.WriteFile(filepath.Join("lists", name), []byte(text), 0o644)) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}
