<?php
/*
 * A WordPress of a few lines with what the plugin of docs/connect/woocommerce.md asks it for: hooks, who is signed in,
 * one cart. Served by `php -S`. The environment names the plugin's file, the secret, and the file of this shop's state.
 */
define('PROMOBOT_TOKEN_SECRET', getenv('SHOP_SECRET'));
$hooks = array();

function add_action($name, $callback) {
    $GLOBALS['hooks'][$name][] = $callback;
}

function do_action($name) {
    foreach ($GLOBALS['hooks'][$name] ?? array() as $callback) {
        $callback();
    }
}

function get_current_user_id() {
    return (int) ($_COOKIE['shopper'] ?? 0);
}

function wp_send_json($body, $status = 200) {
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body);
    exit;
}

function wp_json_encode($value) {
    return json_encode($value);
}

function wp_unslash($value) {
    return stripslashes($value);
}

function wc_format_coupon_code($code) {
    return trim($code);
}

function wc_get_price_to_display($product) {
    return $product->price;
}

function get_woocommerce_currency() {
    return 'USD';
}

function get_bloginfo($what) {
    return $what === 'name' ? 'Blog & Boots' : '';
}

class StandInProduct {
    public function __construct(private string $sku, public float $price) {
    }

    public function get_sku() {
        return $this->sku;
    }

    public function get_id() {
        return 7;
    }
}

class StandInCart {
    private function state() {
        return json_decode(file_get_contents(getenv('SHOP_STATE')), true);
    }

    public function get_cart() {
        return array_map(
            fn($line) => array('data' => new StandInProduct($line['variant_id'], $line['cents'] / 100), 'quantity' => $line['quantity']),
            $this->state()['lines']
        );
    }

    public function has_discount($code) {
        return in_array($code, $this->state()['codes'], true);
    }

    public function apply_coupon($code) {
        $state = $this->state();
        if ($code === 'NO-SUCH-CODE') {
            return false;
        }
        $state['codes'][] = $code;
        file_put_contents(getenv('SHOP_STATE'), json_encode($state));
        return true;
    }
}

class StandInCustomer {
    public function get_shipping_country() {
        return '';
    }

    public function get_billing_country() {
        return 'US';
    }
}

class StandInShop {
    public $cart;
    public $customer;

    public function __construct() {
        $this->cart = new StandInCart();
        $this->customer = new StandInCustomer();
    }
}

function WC() {
    static $shop = null;
    return $shop ??= new StandInShop();
}

ob_start(); // what stands before the plugin's first `<?php` is no part of a page
require getenv('SHOP_PLUGIN');
ob_end_clean();
if (isset($_GET['wc-ajax'])) {
    do_action('wc_ajax_' . $_GET['wc-ajax']);
    http_response_code(404);
    exit;
}
if ($_SERVER['REQUEST_URI'] !== '/') { // a browser asks for an icon, too
    http_response_code(204);
    exit;
}
echo '<!doctype html><html lang="en"><title>Blog &amp; Boots</title><body><h1>Blog &amp; Boots</h1>';
do_action('wp_footer');
echo '</body></html>';
