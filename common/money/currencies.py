"""The currencies of ISO 4217 and the decimals of each. CLDR, which says how amounts look, counts some otherwise."""

from __future__ import annotations

from collections.abc import Mapping

_WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITH_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN
PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD
TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG
"""
DECIMALS: Mapping[str, int] = {
    code: decimals
    for decimals, codes in ((0, _WITHOUT_DECIMALS), (2, _WITH_TWO), (3, _WITH_THREE))
    for code in codes.split()
}
"""By code: an amount of 1 in the smallest unit is this many digits behind the point."""
