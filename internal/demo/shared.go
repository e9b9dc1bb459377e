package demo

import "strconv"

// shared is how columns are made that mean the same in each report; a report's own come before these. A column in neither is empty.
var shared = map[string]column{
	"ip": address, "src_ip": address, "hostname": hostname, "src_hostname": hostname,
	"asn": asn, "src_asn": asn, "geo": country, "src_geo": country,
	"region": ofHost("region", regions), "src_region": ofHost("region", regions),
	"city": ofHost("city", cities), "src_city": ofHost("city", cities),
	"naics": ofHost("naics", naics), "src_naics": ofHost("naics", naics), "sic": ofHost("sic", sics),
	"sector": ofHost("sector", sectors), "src_sector": ofHost("sector", sectors),
	"protocol": fixed("tcp"), "src_port": number("src_port", 1024, 65536), "banner": ofHost("banner", banners),
	"device_vendor": device(0), "device_type": device(1), "device_model": device(2),

	"dst_ip": ofRow("sinkhole", sinkholes), "dst_asn": fixed("64498"), "dst_geo": fixed("AQ"), "dst_region": fixed("Kalla"),
	"dst_city": fixed("Kalla"), "dst_hostname": fixed("sinkhole.example.net"), "dst_naics": fixed("541519"), "public_source": fixed("demonet"),
	"http_url": ofRow("gate", []string{"/", "/gate.php", "/search?q=0", "/news.php?id=7", "/a/b.bin"}), "http_host": sinkholeHost,
	"http_agent": ofHost("agent", agents),

	"avg_pps": number("avg_pps", 10, 4000), "max_pps": number("max_pps", 4000, 90000), "count": number("count", 100, 900000),
	"bytes": number("bytes", 9000, 90000000), "duration": number("duration", 10, 3600), "end_time": later, "start_time": now,
	"username": ofRow("username", users), "password": ofRow("password", []string{"123456", "admin", "password", "root", "1234", "toor"}),
	"client_version": ofHost("client", clients),

	"cve20190708_vulnerable": ofHost("bluekeep", []string{"N", "Y"}), "bluekeep_vulnerable": ofHost("bluekeep", []string{"N", "Y"}),
	"rdp_protocol": fixed("RDP"), "servername": serverName, "category": ofHost("category", categories), "system": ofHost("system", systems),
	"detected_since": days("since", 200, 320), "server": ofHost("server", servers),

	"handshake": ofHost("handshake", handshakes), "cipher_suite": ofHost("cipher", ciphers), "ssl_poodle": ofHost("poodle", []string{"N", "N", "N", "Y"}),
	"cert_length": ofCert("length", []string{"2048", "256", "4096", "1024"}), "subject_common_name": commonName,
	"issuer_common_name": issuer(0), "issuer_organization_name": issuer(1), "issuer_country": issuer(2),
	"cert_issue_date": days("issued", -400, 0), "cert_expiration_date": days("expires", 1, 720),
	"sha1_fingerprint": fingerprint("sha1", 20), "sha256_fingerprint": fingerprint("sha256", 32),
	"sha512_fingerprint": fingerprint("sha512", 64), "md5_fingerprint": fingerprint("md5", 16), "cert_serial_number": serialNumber,
	"ssl_version": fixed("2"), "signature_algorithm": ofCert("signature", signatures), "key_algorithm": ofCert("key", keys),
	"subject_organization_name": seldom("org", 4, ofCert("org", []string{"Example Widgets Ltd", "Demo Devices", "Default Company", "Kalla Goods"})),
	"subject_country":           seldom("org", 4, fixed("AQ")), "subject_locality_name": seldom("org", 4, ofCert("city", cities)),
	"freak_vulnerable": fixed("N"), "http_response_type": fixed("HTTP/1.1"), "http_code": response(0), "http_reason": response(1),
	"content_type": ofHost("content", contents), "http_connection": ofHost("connection", []string{"keep-alive", "close"}),
	"www_authenticate": seldom("auth", 9, fixed(`Basic realm="device"`)), "set_cookie": seldom("cookie", 5, cookie),
	"server_type": ofHost("server", servers), "content_length": length, "transfer_encoding": seldom("chunked", 3, fixed("chunked")),
	"cert_valid": ofCert("valid", []string{"Y", "N"}), "self_signed": ofCert("self", []string{"N", "Y"}),
	"cert_expired": ofCert("expired", []string{"N", "Y"}), "browser_trusted": ofCert("valid", []string{"Y", "N"}),
	"validation_level": ofCert("level", []string{"DV", "unknown", "OV"}), "tlsv13_support": ofHost("tls13", []string{"Y", "N"}),
	"tlsv13_cipher": ofHost("tls13", []string{"TLS_AES_256_GCM_SHA384", ""}), "jarm": digest("jarm", 31, 300),
}

func address(r *row, b []byte) []byte { return appendIPv4(b, r.ip) }
func country(r *row, b []byte) []byte { return append(b, r.space.country(r.ip)...) }

func asn(r *row, b []byte) []byte { return strconv.AppendUint(b, uint64(r.space.asn(r.ip)), 10) }

// hostname is the reverse name that a provider makes from an address; a third of the addresses have none.
func hostname(r *row, b []byte) []byte {
	if chance(mix(r.host^3), 3) {
		return b
	}
	b = append(b, "host-"...)
	at := len(b)
	b = appendIPv4(b, r.ip)
	for i := at; i < len(b); i++ {
		if b[i] == '.' {
			b[i] = '-'
		}
	}
	return append(append(b, pools[r.ip>>13%uint32(len(pools))]...), ".example"...)
}

var pools = [...]string{".pool.northlight", ".dyn.demonet", ".cust.aurora", ".static.isles"}

func device(part int) column {
	return func(r *row, b []byte) []byte { return append(b, devices[skewed(mix(r.host^5), len(devices))][part]...) }
}

func issuer(part int) column {
	return func(r *row, b []byte) []byte {
		return append(b, quoted(issuers[skewed(mix(r.cert^7), len(issuers))][part])...)
	}
}

func response(part int) column {
	return func(r *row, b []byte) []byte {
		return append(b, quoted(responses[skewed(mix(r.host^9), len(responses))][part])...)
	}
}

func sinkholeHost(r *row, b []byte) []byte {
	b = append(b, 'x')
	return append(hexOf(b, uint64(skewed(mix(r.host^11), 300)), 5), ".example.com"...)
}

func siteHost(r *row, b []byte) []byte {
	b = append(b, "www.shop"...)
	return append(strconv.AppendInt(b, int64(below(mix(r.host^13), 100000)), 10), ".example.org"...)
}

func phishHost(r *row, b []byte) []byte {
	b = append(append(b, brands[below(mix(r.n^15), len(brands))]...), "-login"...)
	return append(strconv.AppendInt(b, int64(below(mix(r.n^17), 100000)), 10), ".example.net"...)
}

func phishURL(r *row, b []byte) []byte {
	b = phishHost(r, append(b, "http://"...))
	return append(hexOf(append(b, '/'), r.n, 4), "/index.html"...)
}

func malwareURL(r *row, b []byte) []byte {
	b = siteHost(r, append(b, "http://"...))
	return append(hexOf(append(b, '/'), r.n, 6), ".bin"...)
}

func serverName(r *row, b []byte) []byte {
	return strconv.AppendInt(append(b, "MAIL"...), int64(below(mix(r.host^19), 4000)), 10)
}

func commonName(r *row, b []byte) []byte {
	b = append(b, "www."...)
	return append(strconv.AppendUint(b, r.cert>>40, 36), ".example.com"...)
}

func serialNumber(r *row, b []byte) []byte {
	for seed, i := mix(r.cert^21), 0; i < 16; i++ {
		b = append(b, upperHex[seed&15])
		seed >>= 4
	}
	return b
}

func cookie(r *row, b []byte) []byte {
	return append(hexOf(append(b, `"SID=`...), r.n, 8), `; path=/"`...)
}

func length(r *row, b []byte) []byte {
	return strconv.AppendInt(b, int64(below(mix(r.host^23), 1<<uint(below(mix(r.host^25), 17)))), 10)
}

func now(r *row, b []byte) []byte { return moment(b, r.when) }

func later(r *row, b []byte) []byte { return moment(b, r.when+stamp(10+below(mix(r.n^27), 3600))) }

func moment(b []byte, t stamp) []byte {
	b = appendDay(append(b, '"'), int64(t)/86400)
	return append(appendClock(append(b, ' '), int64(t)%86400), '"')
}
