CREATE TABLE thousand (n INT PRIMARY KEY);
INSERT INTO thousand
    WITH RECURSIVE digits (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM digits WHERE d < 9)
    SELECT a.d * 100 + b.d * 10 + c.d FROM digits a, digits b, digits c;
DELIMITER //
CREATE PROCEDURE fill(statements INT)
BEGIN
    DECLARE done INT DEFAULT 0;
    WHILE done < statements DO
        SET @salt = RAND();
        INSERT INTO operational_activity
            (event_id, occurred_at, actor_type, actor_id, action, resource, resource_id, payload, correlation_id,
             request_id, route_name, ip_address, user_agent)
        SELECT CONCAT_WS('-', LEFT(e, 8), MID(e, 9, 4), MID(e, 13, 4), MID(e, 17, 4), MID(e, 21, 12)),
            '2026-11-01 00:00:00' + INTERVAL (done * 1000 + n) * 6000 MICROSECOND,
            'USER', (done * 250 + n DIV 4) * 7919 % 10000, 'order.update', 'Order', FLOOR(RAND() * (4096 >> n % 12)) + 1,
            CONCAT('{"before":{"plan":"team-monthly","seats":', n % 50, ',"total":', n % 50 * 79,
                ',"note":"as told on the phone"},"after":{"plan":"team-yearly-spring","seats":', n % 50 + 3, ',"total":',
                (n % 50 + 3) * 79, ',"note":"as told on the phone"},"by_request_of":"the customer"}'),
            CONCAT_WS('-', LEFT(c, 8), MID(c, 9, 4), MID(c, 13, 4), MID(c, 17, 4), MID(c, 21, 12)),
            CONCAT_WS('-', LEFT(c, 4), MID(c, 25, 8), MID(c, 33, 4), MID(c, 37, 4), MID(c, 41, 12)),
            '/api/v1/orders/{id}/lines/{line}', CONCAT('203.0.113.', n % 256),
            'Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0'
        -- With a limit it is drawn once a row.
        FROM (SELECT n, LOWER(HEX(RANDOM_BYTES(16))) AS e, SHA2(CONCAT(@salt, n DIV 4), 224) AS c FROM thousand LIMIT 1000)
            AS drawn;
        SET done = done + 1;
    END WHILE;
END//
DELIMITER ;
