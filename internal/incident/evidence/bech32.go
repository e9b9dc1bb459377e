package evidence

import "strings"

// bech32 writes bytes as BIP 173 does: the form in which age takes its keys, so that the age tool can open what is exported with the key.
// prefix is in lower case; the result is too.
func bech32(prefix string, data []byte) string {
	const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	values := fives(data)
	sum := checksum(prefix, values)
	var b strings.Builder
	b.WriteString(prefix + "1")
	for _, v := range append(values, sum...) {
		b.WriteByte(charset[v])
	}
	return b.String()
}

// fives cuts bytes into groups of five bits; the last is filled with zeros.
func fives(data []byte) (out []byte) {
	var acc, bits uint
	for _, b := range data {
		acc, bits = acc<<8|uint(b), bits+8
		for bits >= 5 {
			bits -= 5
			out = append(out, byte(acc>>bits)&31)
		}
	}
	if bits > 0 {
		out = append(out, byte(acc<<(5-bits))&31)
	}
	return out
}

// checksum is that of BIP 173, six groups of five bits.
func checksum(prefix string, values []byte) []byte {
	var in []byte
	for i := range len(prefix) {
		in = append(in, prefix[i]>>5)
	}
	in = append(in, 0)
	for i := range len(prefix) {
		in = append(in, prefix[i]&31)
	}
	in = append(append(in, values...), make([]byte, 6)...)
	mod := polymod(in) ^ 1
	out := make([]byte, 6)
	for i := range out {
		out[i] = byte(mod>>(5*(5-i))) & 31
	}
	return out
}

func polymod(values []byte) uint32 {
	generator := [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}
	chk := uint32(1)
	for _, v := range values {
		top := chk >> 25
		chk = (chk&0x1ffffff)<<5 ^ uint32(v)
		for i, g := range generator {
			if top>>i&1 == 1 {
				chk ^= g
			}
		}
	}
	return chk
}
