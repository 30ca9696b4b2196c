/**
 * A self-signed certificate of `localhost`, for tests of TLS on loopback. Nobody trusts it.
 * Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost`.
 */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPRt1WGtQxoRJLyH7
R4s83/R4COtJC3HX4xQkegmHLdihRANCAATDuRHWw37wComXlraWOIZdKypfgvL8
IMICp/nz2EnAYFToF1zXoLUmiCbRhowOUec2IrRWc9SN+Ecl7xMSaW0n
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUG0DAaZLIHPo6KRfzBl3kWzd30V0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODE4NTIyOFoYDzIxMjYxMTA0
MTg1MjI4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATDuRHWw37wComXlraWOIZdKypfgvL8IMICp/nz2EnAYFToF1zXoLUm
iCbRhowOUec2IrRWc9SN+Ecl7xMSaW0no28wbTAdBgNVHQ4EFgQUlDAIBgMj7kyO
bgRmkDQ9ZvFqtiowHwYDVR0jBBgwFoAUlDAIBgMj7kyObgRmkDQ9ZvFqtiowDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAPF9DWrcQzOamWi0oBrSvUiakEwhL8JvydoZnrc43jTxAiEA
giGjp5uESFGSJ7ZiDZXesRFjlpMYSaNUKv2W/Te0G8k=
-----END CERTIFICATE-----`,
};
